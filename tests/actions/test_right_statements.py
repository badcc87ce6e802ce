"""What a dialect allows is no problem, and may be suggested: the last statement of each script of `right/`, which are all right."""

from pathlib import Path

import pytest

from understudy_knowledge.catalog.model import Catalog
from understudy_server.actions.diagnose import Known, diagnose
from understudy_server.completion.schema_check import verify
from understudy_server.context.extract import extract
from understudy_server.context.text.document import Document

NOT_YET = "-- not suggested: "
SCRIPTS = [
    pytest.param(path.stem, script, id=f"{path.stem}: {script.splitlines()[-1][:60]}")
    for path in sorted((Path(__file__).parent / "right").glob("*.sql"))
    for script in path.read_text("utf-8").strip().split("\n\n")
]


@pytest.mark.parametrize(("dialect", "script"), SCRIPTS)
def test_no_problem_is_seen_in_what_is_right(shop: Catalog, dialect: str, script: str) -> None:
    known = Known(Catalog(shop.tables, dialect), dialect, live=True)
    assert [problem.message for problem in diagnose(script.encode(), "sql", known)] == []


@pytest.mark.parametrize(("dialect", "script"), SCRIPTS)
def test_what_is_right_may_be_suggested(
    shop: Catalog, request: pytest.FixtureRequest, dialect: str, script: str
) -> None:
    if script.startswith(NOT_YET):
        why = script.splitlines()[0].removeprefix(NOT_YET)
        request.applymarker(pytest.mark.xfail(reason=why, strict=True))
    above, _, last = script.removesuffix(";").rpartition(";\n")
    first, _, suggested = last.partition(" ")
    document = Document("a.sql", f"{above};\n{first} " if above else f"{first} ")
    catalog = Catalog(shop.tables, dialect)
    context = extract(document, len(document), language="sql", catalog=catalog, dialect=dialect)
    assert context is not None
    assert verify(suggested, context, catalog) == suggested
