"""What a lift is measured with, and whether that is still so: the student, the prompt's templates, the tables touched."""

import hashlib
from functools import cache
from importlib import resources

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.records import Case, Fingerprint, Lineage


def fingerprint(lineage: Lineage, catalog: Catalog, student: str) -> Fingerprint:
    """What a measurement made now is made with."""
    return Fingerprint(student, _prompt(), _schema(lineage, catalog))


def changed_since(measured: Fingerprint | None, now: Fingerprint) -> tuple[str, ...]:
    """Which of student, prompt and schema are others than they were when it was measured; all, where nobody noted it."""
    if measured is None:
        return ("student", "prompt", "schema")
    pairs = (
        ("student", measured.student, now.student),
        ("prompt", measured.prompt, now.prompt),
        ("schema", measured.schema, now.schema),
    )
    return tuple(name for name, then, today in pairs if then != today)


def is_for_another_student(case: Case, student: str) -> bool:
    """Whether the case's lift was measured for another student than the one of that name; False where either is not known."""
    measured = case.measured.student if case.measured else case.student
    return case.lift is not None and bool(measured and student) and measured != student


def _schema(lineage: Lineage, catalog: Catalog) -> str:
    digest = hashlib.sha256()
    for name in lineage.tables:
        table = catalog.table(name)
        columns = table and sorted((each.name.lower(), each.type, each.primary_key) for each in table.columns)
        digest.update(repr((name, columns, table and table.foreign_keys)).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:16]


@cache
def _prompt() -> str:
    digest = hashlib.sha256()
    folder = resources.files("understudy_knowledge.models") / "prompts"
    for template in sorted(folder.iterdir(), key=lambda each: each.name):
        if template.name.startswith("student") and template.name.endswith(".jinja"):
            digest.update(template.read_bytes())
    return digest.hexdigest()[:16]
