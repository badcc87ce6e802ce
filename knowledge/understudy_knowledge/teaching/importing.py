"""From an opened pack to quarantined cases: what each is called, touches and belongs to is found out here, never believed."""

from collections.abc import Collection
from datetime import datetime, timezone

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.errors import KnowledgePackError
from understudy_knowledge.execution.gate import refusal
from understudy_knowledge.memory.lineage import lineage
from understudy_knowledge.memory.masking import mask_values
from understudy_knowledge.memory.packs.contents import Pack, PackedCase
from understudy_knowledge.memory.packs.reading import OpenedPack
from understudy_knowledge.memory.records import Case, Provenance
from understudy_knowledge.memory.skeleton import family, skeleton

WAITING = "it came in a pack and was not measured here yet"


def check_code(pack: Pack) -> None:
    """The static gate over each case's code. Raises KnowledgePackError for the first that is no single query."""
    for case in pack.cases:
        if case.language != "sql":
            raise KnowledgePackError(f"the case {_named(case)} is no SQL, and only SQL can be measured here")
        if (reason := refusal(case.code, case.plan.dialect)) is not None:
            raise KnowledgePackError(f"the code of {_named(case)} may not run here: {reason}")


def quarantined(opened: OpenedPack, catalog: Catalog, known: Collection[Case]) -> list[Case]:
    """The pack's cases as this project would keep them, without those it has; none of them enters a prompt yet.

    Raises KnowledgePackError where the code of one may not run; then none is taken.
    """
    check_code(opened.pack)
    ids = {case.id for case in known}
    same = {(case.question, case.code) for case in known}
    imported = datetime.now(timezone.utc).isoformat(timespec="seconds")
    cases: dict[str, Case] = {}
    for packed in opened.pack.cases:
        case = _case(packed, opened, catalog, imported)
        if case.id not in ids and (case.question, case.code) not in same:
            cases[case.id] = case
    return list(cases.values())


def _case(packed: PackedCase, opened: OpenedPack, catalog: Catalog, imported: str) -> Case:
    dialect, digest = packed.plan.dialect, packed.digest
    signer = opened.signature.key.fingerprint if opened.signature.key else ""
    return Case(
        # Of its contents: a pack can neither take the place of a case of ours nor have its example forgotten.
        id=f"p{digest[:11]}",
        example_id=f"pack {digest}",
        question=packed.question,
        masked_question=mask_values(packed.question, catalog),
        plan=packed.plan,
        code=packed.code,
        skeleton=skeleton(packed.code, dialect),
        family=family(packed.code, dialect),
        lineage=lineage(packed.code, catalog, dialect),
        explanation=packed.explanation,
        origin=packed.origin,
        status="quarantined",
        reason=WAITING,
        created=packed.created,
        catalog_version=catalog.version,
        provenance=Provenance(
            opened.digest,
            digest,
            signer,
            opened.signature.known,
            str(packed.origin),
            packed.student,
            packed.lift,
            imported,
        ),
    )


def _named(case: PackedCase) -> str:
    return ascii(case.question[:60])
