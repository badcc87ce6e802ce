"""An opened pack becomes quarantined cases; measured here, those that help are admitted and the others are not."""

import json
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.errors import KnowledgePackError, UnderstudyError
from understudy_knowledge.memory.packs.contents import Pack, PackedCase, to_bytes
from understudy_knowledge.memory.packs.envelope import seal
from understudy_knowledge.memory.packs.reading import OpenedPack, read_pack
from understudy_knowledge.memory.records import Case, Lift, Origin, Plan, Step
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.teaching.importing import quarantined
from understudy_knowledge.teaching.readmission import Readmission, outdated, to_measure

CODE = "SELECT product, SUM(amount) FROM sales WHERE canceled = 0 GROUP BY product"
GOLDS = {
    "Sales in North": "SELECT SUM(amount) FROM sales WHERE region = 'North'",
    "Sales of tea": "SELECT SUM(amount) FROM sales WHERE product = 'tea'",
    "Sales by region": "SELECT region, SUM(amount) FROM sales GROUP BY region",
}


def packed(question: str = "Sales by product", code: str = CODE) -> PackedCase:
    plan = Plan(question, (Step("sum", "SUM(sales.amount)", "metric"),), "SELECT …")
    return PackedCase(
        question, plan, code, "why", Origin("theirs.sql", 9), "their student", "then", lift=Lift(1.0, 0.0, 5)
    )


def opened(*cases: PackedCase) -> OpenedPack:
    return read_pack(seal(to_bytes(Pack(cases, "then")), None), allow_unsigned=True)


def test_an_imported_case_is_quarantined_and_says_where_it_is_from(catalog: Catalog) -> None:
    pack = opened(packed())
    (case,) = quarantined(pack, catalog, ())
    assert (case.status, case.lift, case.awaits_measuring) == ("quarantined", None, True)
    assert case.lineage.tables == ("sales",)
    assert case.provenance is not None
    assert (case.provenance.pack, case.provenance.content) == (pack.digest, packed().digest)
    assert (case.provenance.signer, case.provenance.known) == ("", False)
    assert case.provenance.lift == Lift(1.0, 0.0, 5)


@pytest.mark.parametrize(
    "code",
    ["DROP TABLE sales", "SELECT 1; DELETE FROM sales", "WITH a AS (SELECT 1) DELETE FROM sales", "ATTACH 'x' AS y",
     "PRAGMA writable_schema = 1", "", "SELECT 'open"],
)  # fmt: skip
def test_one_case_whose_code_is_no_query_refuses_the_whole_pack(catalog: Catalog, code: str) -> None:
    with pytest.raises(KnowledgePackError, match="may not run here"):
        quarantined(opened(packed("harmless"), packed(code=code)), catalog, ())


def test_an_imported_case_takes_no_place_of_ours(catalog: Catalog, make_example, make_case) -> None:
    ours = evolve(make_case(make_example("Sales by product", CODE)), code=CODE)
    assert quarantined(opened(packed()), catalog, (ours,)) == []
    (theirs,) = quarantined(opened(packed(code=CODE + " LIMIT 9")), catalog, (ours,))
    assert theirs.id != ours.id
    assert theirs.example_id != ours.example_id
    assert quarantined(opened(packed(code=CODE + " LIMIT 9")), catalog, (ours, theirs)) == []


@given(cut=st.integers(0, 3000), noise=st.binary(max_size=30))
@settings(max_examples=150, deadline=None)
def test_a_refused_import_raises_our_error_and_leaves_the_store_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, cut: int, noise: bytes
) -> None:
    data = seal(to_bytes(Pack((packed(),), "then")), None)
    broken = data[:cut] + noise + data[cut + len(noise) :]
    folder: Path = tmp_path_factory.mktemp("store")
    with KnowledgeStore.open(folder / "k.db") as store:
        before = store.generation
        try:
            store.put_cases(quarantined(read_pack(broken, allow_unsigned=True), Catalog(), store.cases()))
        except UnderstudyError:
            assert (store.generation, store.cases()) == (before, ())
        else:
            assert all(case.status == "quarantined" for case in store.cases())


@pytest.fixture
def imported(catalog: Catalog) -> Case:
    return quarantined(opened(packed()), catalog, ())[0]


@pytest.fixture
def siblings(make_example):
    return [make_example(question, gold) for question, gold in GOLDS.items()]


async def test_what_helps_here_is_admitted_here(bench_with, imported: Case, siblings) -> None:
    bench = bench_with(lambda request: GOLDS[request.question] if request.lessons else "SELECT 'wrong'")
    decided = await Readmission(bench, siblings).decide(imported)
    assert decided.status == "admitted"
    assert decided.lift == Lift(1.0, 0.0, 3)
    assert decided.student == "scripted"
    assert decided.provenance == imported.provenance
    assert not outdated(decided, bench)
    assert to_measure([decided], bench) == []


async def test_what_changes_nothing_here_stays_out_whatever_the_pack_says(
    bench_with, imported: Case, siblings
) -> None:
    bench = bench_with(lambda request: "SELECT 'wrong'")
    assert (await Readmission(bench, siblings).decide(imported)).status == "refused"


async def test_code_that_answers_otherwise_than_the_local_gold_is_refused(
    bench_with, imported: Case, siblings, make_example
) -> None:
    gold = "SELECT product, COUNT(*) FROM sales GROUP BY product"
    bench = bench_with(lambda request: GOLDS[request.question] if request.lessons else "SELECT 'wrong'")
    local = [*siblings, make_example("Sales by products", gold)]
    decided = await Readmission(bench, local).decide(imported)
    assert decided.status == "refused"
    assert "answers to the same question" in decided.reason


async def test_code_on_tables_that_are_not_here_stays_in_quarantine(
    bench_with, catalog: Catalog, siblings
) -> None:
    (case,) = quarantined(opened(packed(code="SELECT COUNT(*) FROM invoices")), catalog, ())
    decided = await Readmission(bench_with(lambda request: ""), siblings).decide(case)
    assert (decided.status, decided.reason) == ("quarantined", "the schema has no invoices")
    assert decided.awaits_measuring


@pytest.mark.parametrize(
    "code", ["SELECT load_extension('x')", "SELECT writefile('x', 'y')", "SELECT no_column FROM sales"]
)
async def test_code_that_the_sandbox_stops_never_enters_a_prompt(
    bench_with, catalog: Catalog, siblings, code: str
) -> None:
    (case,) = quarantined(opened(packed(code=code)), catalog, ())
    decided = await Readmission(bench_with(lambda request: GOLDS[request.question]), siblings).decide(case)
    assert decided.status in ("refused", "quarantined")
    assert "does not run here" in decided.reason or "has no" in decided.reason


async def test_another_student_makes_a_lift_outdated(bench_with, imported: Case, siblings) -> None:
    bench = bench_with(lambda request: GOLDS[request.question] if request.lessons else "SELECT 'wrong'")
    decided = await Readmission(bench, siblings).decide(imported)
    bench.student.name = "another"
    assert outdated(decided, bench) == ("student",)
    assert to_measure([decided], bench) == [decided]


async def test_a_changed_table_makes_only_the_lifts_on_it_outdated(
    bench_with, imported: Case, siblings, catalog: Catalog
) -> None:
    bench = bench_with(lambda request: GOLDS[request.question] if request.lessons else "SELECT 'wrong'")
    decided = await Readmission(bench, siblings).decide(imported)
    (sales,) = catalog.tables
    grown = evolve(catalog, tables=(sales, evolve(sales, name="new")))
    assert outdated(decided, evolve(bench, catalog=grown)) == ()
    changed = evolve(catalog, tables=(evolve(sales, columns=sales.columns[1:]),))
    assert outdated(decided, evolve(bench, catalog=changed)) == ("schema",)


def test_a_pack_is_plain_json_below_its_first_line() -> None:
    data = seal(to_bytes(Pack((packed(),), "then")), None)
    assert json.loads(data.partition(b"\n")[2])["cases"][0]["question"] == "Sales by product"


async def test_a_stale_case_is_run_first_and_stands_again_without_a_trial_where_nothing_else_changed(
    bench_with, imported: Case, siblings
) -> None:
    bench = bench_with(lambda request: GOLDS[request.question] if request.lessons else "SELECT 'wrong'")
    readmission = Readmission(bench, siblings)
    decided = await readmission.decide(imported)
    stale = evolve(decided, id="stale", status="stale", reason="the schema has no sales.product any more")
    assert to_measure([imported, decided, stale], bench) == [stale, imported]
    asked = len(bench.student.requests)
    again = await readmission.decide(stale)
    assert (again.status, again.reason, again.lift) == ("admitted", "its code runs again", decided.lift)
    assert len(bench.student.requests) == asked


async def test_a_stale_case_whose_column_is_still_gone_stays_stale_and_in_line(
    bench_with, imported: Case, siblings, catalog: Catalog
) -> None:
    bench = bench_with(lambda request: GOLDS[request.question] if request.lessons else "SELECT 'wrong'")
    decided = await Readmission(bench, siblings).decide(imported)
    (sales,) = catalog.tables
    without = evolve(sales, columns=tuple(each for each in sales.columns if each.name != "product"))
    lost = evolve(bench, catalog=evolve(catalog, tables=(without,)))
    after = await Readmission(lost, siblings).decide(evolve(decided, status="stale"))
    assert (after.status, after.reason) == ("stale", "the schema has no sales.product any more")
    assert to_measure([after], lost) == [after]


async def test_another_student_measures_a_case_anew_and_it_leaves_where_it_does_not_help_that_one(
    bench_with, imported: Case, siblings
) -> None:
    bench = bench_with(lambda request: GOLDS[request.question] if request.lessons else "SELECT 'wrong'")
    decided = await Readmission(bench, siblings).decide(imported)
    knows_all = bench_with(lambda request: GOLDS[request.question])
    knows_all.student.name = "another"
    after = await Readmission(knows_all, siblings).decide(decided)
    assert (after.status, after.lift) == ("refused", Lift(1.0, 1.0, 3))
    alone = await Readmission(knows_all, siblings[:0]).decide(decided)
    assert alone == decided, "nothing can be said of it where there is nothing to measure it on"
