"""Knowledge packs as files: what is exported, and what an import leaves in the store."""

import os
from datetime import datetime, timezone
from pathlib import Path

from attrs import frozen

from understudy_knowledge.errors import ConfigurationError, KnowledgePackError
from understudy_knowledge.memory.packs.contents import Pack, pack_case, to_bytes
from understudy_knowledge.memory.packs.envelope import LARGEST, seal
from understudy_knowledge.memory.packs.keys import PublicKey, SigningKey, read_public_key, read_signing_key
from understudy_knowledge.memory.packs.reading import OpenedPack, read_pack
from understudy_knowledge.memory.records import Case
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.models.vllm.redaction import redact
from understudy_knowledge.teaching.importing import check_code, quarantined
from understudy_server.cli.writing import write_whole
from understudy_server.project import Project


@frozen
class Exported:
    """What went into a pack, and which cases did not, each with the reason."""

    cases: int
    left_out: tuple[tuple[str, str], ...]
    signer: str


def export_pack(cases: list[Case], path: Path, key: SigningKey | None, catalog_version: str) -> Exported:
    """Write the cases to a pack, whole or not at all. Raises ConfigurationError where the file cannot be written."""
    reasons = {case.id: why_not(case) for case in cases}
    packed = tuple(pack_case(case) for case in cases if not reasons[case.id])
    created = datetime.now(timezone.utc).isoformat(timespec="seconds")
    write_whole(path, seal(to_bytes(Pack(packed, created, catalog_version)), key))
    left_out = tuple((case_id, why) for case_id, why in reasons.items() if why)
    return Exported(len(packed), left_out, key.public.fingerprint if key else "")


def why_not(case: Case) -> str:
    """Why a case does not leave this machine; empty where it may."""
    contents = to_bytes(Pack((pack_case(case),), ""))
    if redact(contents.decode()) != contents.decode():
        return "it holds what looks like a secret"
    try:
        check_code(read_pack(seal(contents, None), allow_unsigned=True).pack)
    except KnowledgePackError as error:
        return f"every import refuses it: {error}"
    return ""


def open_pack(path: Path, trusted: PublicKey | None, *, allow_unsigned: bool) -> OpenedPack:
    """The pack in a file. Raises ConfigurationError where it cannot be read, KnowledgePackError where it is refused."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read ({error.strerror or error})") from error
    try:
        return read_pack(data, trusted=trusted, allow_unsigned=allow_unsigned)
    except KnowledgePackError as error:
        raise KnowledgePackError(f"{path} is refused: {error}") from error


def import_pack(opened: OpenedPack, store: KnowledgeStore, project: Project, path: Path) -> list[Case]:
    """Keep the pack's cases in quarantine, all or none; returns those that are new and were not forgotten before. Raises KnowledgePackError."""
    try:
        cases = quarantined(opened, project.catalog, store.cases())
    except KnowledgePackError as error:
        raise KnowledgePackError(f"{path} is refused: {error}") from error
    forgotten = store.forgotten()
    new = [case for case in cases if case.example_id not in forgotten]
    store.put_cases(new)
    return new


def signing_key(named: str) -> SigningKey:
    """The private key in a file, or in the environment variable of that name. Raises ConfigurationError."""
    return read_signing_key(_key_text(named, "--sign-key"), named)


def public_key(named: str) -> PublicKey:
    """The public key in a file, or in the environment variable of that name. Raises ConfigurationError."""
    return read_public_key(_key_text(named, "--signed-by"), named)


def _key_text(named: str, option: str) -> bytes:
    try:
        return Path(named).read_bytes()
    except OSError:
        if named in os.environ:
            return os.environ[named].encode("utf-8", "surrogateescape")
    raise ConfigurationError(
        f"{named} is neither a file that can be read nor an environment variable; {option} names one that holds the key"
    )
