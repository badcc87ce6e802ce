"""A knowledge store as full as one ever gets: cases on the tables of the long files, made from a seed."""

import random
import tempfile
from functools import cache
from pathlib import Path

from understudy_knowledge.memory.records import Case, Hole, Lift, Lineage, Origin, Plan, Step
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.retrieval import Retriever
from understudy_server.bench.context.long_files import TABLES

CASES = 100_000
_BATCH = 5_000
_ASK = (
    "How many {t} are there by {a}?",
    "Which {t} have the most {b} in {word}?",
    "List the {a} of {t} whose {b} is above the {word} average",
    "What share of {t} of {word} has no {a}?",
)
_CODE = "SELECT {a}, COUNT(*) FROM {t} WHERE {b} > :h1 GROUP BY {a}"
_WORDS = "march lyon wholesale returning online abroad weekly first autumn unpaid large recent".split()


@cache
def _folder() -> "tempfile.TemporaryDirectory[str]":
    """Deleted when the process ends: what takes minutes to write serves every measurement of one run."""
    return tempfile.TemporaryDirectory()


@cache
def full_project(cases: int, seed: int) -> Path:
    """The folder of a project with so many admitted cases, indexed, and a schema of their tables."""
    root = Path(_folder().name) / f"{cases}-{seed}"
    folder = root / ".understudy"
    folder.mkdir(parents=True)
    tables = (
        f"CREATE TABLE {name} ({', '.join(f'{column} TEXT' for column in columns)});\n"
        for name, columns in TABLES.items()
    )
    (root / "schema.sql").write_text("".join(tables), encoding="utf-8")
    with KnowledgeStore.open(folder / "knowledge.db") as store:
        draw = random.Random(seed)  # noqa: S311
        for begin in range(0, cases, _BATCH):
            store.put_cases(_case(n, draw) for n in range(begin, min(begin + _BATCH, cases)))
        Retriever.open(store, folder / "index")
    return root


def _case(number: int, draw: random.Random) -> Case:
    table = draw.choice(sorted(TABLES))
    a, b = draw.sample(TABLES[table], 2)
    word = draw.choice(_WORDS)
    question = draw.choice(_ASK).format(t=table, a=a, b=b, word=f"{word} {number}")
    skeleton = _CODE.format(t=table, a=a, b=b)
    hole = Hole("h1", "value", str(number), "above", filled=str(number))
    steps = (
        Step(f"Keep the {table} that count", f"WHERE {b} > :h1", "where", (hole,)),
        Step(f"Count them by {a}", f"SELECT {a}, COUNT(*)", "select"),
    )
    return Case(
        id=f"case-{number:06}",
        example_id=f"example-{number:06}",
        question=question,
        masked_question=question,
        plan=Plan(question, steps, skeleton),
        code=skeleton.replace(":h1", str(number)),
        skeleton=skeleton,
        family=f"{table} by {a}",
        lineage=Lineage((table,), (f"{table}.{a}", f"{table}.{b}")),
        explanation=f"A row is one of {table}; {b} decides which of them count.",
        origin=Origin(f"queries/{number % 97}.sql", number // 97 + 1),
        status="admitted",
        reason="",
        lift=Lift(1.0, 0.5, 4),
    )
