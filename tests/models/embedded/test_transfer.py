"""A lesson's shape, filled for a question over other tables; and programs over one table."""

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_knowledge.memory.records import Example, Lesson, Origin, Plan
from understudy_knowledge.models.embedded.likeness import likeness
from understudy_knowledge.models.embedded.program_answers import write_program
from understudy_knowledge.models.embedded.program_plans import program_plan
from understudy_knowledge.models.embedded.reading import read
from understudy_knowledge.models.embedded.shapes import shape_of
from understudy_knowledge.models.embedded.transfer import transfer
from understudy_knowledge.models.roles import StudentRequest


def _text(name: str, *samples: str) -> Column:
    return Column(name, "TEXT", family="text", samples=samples, samples_complete=True)


def _number(name: str) -> Column:
    return Column(name, "INTEGER", family="integer", samples=(1, 2))


ALBUMS = Catalog(
    (Table("albums", (_number("id"), _text("title", "blue", "kind of blue", "hejira"), _number("sales"))),)
)
RIVERS = Catalog(
    (Table("rivers", (_number("id"), _text("name", "Rhine", "Elbe", "Oder"), _number("length"))),)
)
LATER = "SELECT title FROM albums WHERE id = (SELECT id FROM albums WHERE title = 'blue') + 1"


def _filled(question: str, code: str, asked: str) -> str:
    shape = shape_of(code, read(question, ALBUMS), "sqlite")
    assert shape is not None
    return transfer(shape, question, read(asked, RIVERS))[0].tree.sql("sqlite")


def test_a_nested_shape_finds_its_columns_in_other_tables() -> None:
    filled = _filled("what is the next album after blue?", LATER, "what is the next river after Elbe?")
    assert filled == "SELECT name FROM rivers WHERE id = (SELECT id FROM rivers WHERE name = 'Elbe') + 1"


def test_a_figure_stays_a_figure() -> None:
    filled = _filled(
        "what are the total sales of albums?",
        "SELECT SUM(sales) FROM albums",
        "what is the total length of rivers?",
    )
    assert filled == "SELECT SUM(length) FROM rivers"


def test_a_value_that_the_question_does_not_say_belongs_to_the_shape() -> None:
    shape = shape_of(
        "SELECT title FROM albums WHERE id = 1", read("which album came first?", ALBUMS), "sqlite"
    )
    assert shape is not None
    assert shape.code.endswith("= 1")


def test_what_joins_cannot_be_derived_for_has_no_shape() -> None:
    for code in (
        "WITH x AS (SELECT title FROM albums) SELECT title FROM x",
        "SELECT a.title FROM albums AS a JOIN albums AS b ON a.id = b.id",
        "SELECT title FROM albums AS a LEFT JOIN rivers AS r ON a.id = r.id",
        "not a statement",
    ):
        assert shape_of(code, read("what are the titles?", ALBUMS), "sqlite") is None


def test_a_shape_that_cannot_be_filled_gives_nothing() -> None:
    shape = shape_of(LATER, read("what is the next album after blue?", ALBUMS), "sqlite")
    assert shape is not None
    assert transfer(shape, "what is the next album after blue?", read("how long is it?", RIVERS)) == []


def test_questions_are_alike_by_what_they_ask_not_by_their_small_words() -> None:
    one = "how many are there".split()
    assert likeness(one, one) == 1.0
    assert likeness(one, "how many were there".split()) > likeness(one, "who is the last".split())


PRICES = Catalog(
    (Table("prices", (_text("thing", "tea", "cake"), _text("price", "$2.50", "$4.00")), rows=2),)
)
TOOLS = Catalog((Table("tools", (_text("tool", "saw", "hammer"), _text("cost", "$10", "$25")), rows=2),))


def _program(question: str, gold: str, catalog: Catalog, failed: int = 0) -> Plan:
    example = Example("x", question, gold, Origin("x", 1), dialect="python", language="python")
    return program_plan(example, catalog, failed)


def _answer(program: str, rows: list[dict[str, str]]) -> float:
    names = {"table": rows, "number": lambda text: float(text.replace("$", ""))}
    exec(program, names)
    answer = names["answer"]
    assert isinstance(answer, int | float)
    return answer


def test_gold_arithmetic_becomes_a_program_over_the_next_table() -> None:
    plan = _program(
        "How much are 3 teas and 2 cakes?", "s1 = 2.50 * 3\ns2 = 4.00 * 2\nanswer = s1 + s2", PRICES
    )
    lesson = Lesson("case", plan.question, plan, "", "", 1.0, 1.0)
    program, used = write_program(
        StudentRequest(
            question="How much are 5 hammers and 4 saws?", catalog=TOOLS, language="python", lessons=(lesson,)
        )
    )
    assert used == ("case",)
    assert _answer(program, [{"tool": "saw", "cost": "$10"}, {"tool": "hammer", "cost": "$25"}]) == 165


def test_a_sum_over_all_rows_is_a_sum_over_the_column() -> None:
    plan = _program("What is the mean of the numbers?", "s1 = 2.50 + 4.00\nanswer = s1 / 2", PRICES)
    assert plan.steps[0].code == "answer = sum(column(:h1)) / len(column(:h1))"


def test_another_attempt_takes_the_rows_in_another_order() -> None:
    question, gold = "tea or cake, how much more?", "answer = 4.00 - 2.50"
    first, second = (_program(question, gold, PRICES, failed) for failed in (0, 1))
    assert first.steps[0].holes != second.steps[0].holes


def test_without_a_lesson_no_program_is_written() -> None:
    assert write_program(StudentRequest(question="How much?", catalog=TOOLS, language="python")) == ("", ())
