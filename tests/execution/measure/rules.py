"""Where our comparison differs from BIRD's and Spider's published rules, as a table: python tests/execution/measure/rules.py"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from test_published_rules import CASES, PLAIN, bird, spider

from understudy_knowledge.execution import Result, compare, ordering


def main() -> None:
    said = {True: "equal", False: "differs"}
    sys.stdout.write("| pair of answers | ours | BIRD | Spider |\n| --- | --- | --- | --- |\n")
    differing = [0, 0]
    for case in CASES:
        order = ordering(case.gold)
        columns = [tuple("abcdef"[: len(rows[0]) if rows else 1]) for rows in (case.given, case.wanted)]
        ours = compare(
            Result(columns[0], case.given),
            Result(columns[1], case.wanted),
            ordered=order.ordered,
            ties=order.keys,
        ).passed
        theirs = (bird(case.given, case.wanted), spider(case.given, case.wanted, case.gold))
        differing = [count + (each is not ours) for count, each in zip(differing, theirs, strict=True)]
        marks = [said[each] + ("" if each is ours else " (!)") for each in theirs]
        query = "" if case.gold == PLAIN else f" (`{case.gold}`)"
        sys.stdout.write(f"| {case.why}{query} | {said[ours]} | {marks[0]} | {marks[1]} |\n")
    sys.stdout.write(
        f"\nOf {len(CASES)} pairs BIRD's rule differs on {differing[0]}, Spider's on {differing[1]}.\n"
    )


if __name__ == "__main__":
    main()
