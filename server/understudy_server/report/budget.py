"""The budget curve: what a run had solved and admitted after so many calls of its teacher."""

from collections.abc import Iterable, Sequence

from attrs import frozen
from markupsafe import Markup

from understudy_knowledge.memory.records import Case
from understudy_knowledge.teaching.records import Trace
from understudy_server.report.svg import Plot, Table, drawing, element

_LEFT, _TOP, _WIDE, _TALL = 46, 14, 560, 180
_MOST_ROWS = 40


@frozen
class Earning:
    """What a run had come to after one more example: all counts are of the run so far."""

    calls: int
    """Of the teacher."""
    tokens: int
    solved: int
    """Examples that a plan led the student to solve."""
    admitted: int


def earnings(traces: Iterable[Trace], cases: Iterable[Case]) -> tuple[Earning, ...]:
    """The run step by step, in the order of its traces; examples for which no teacher was called are left out."""
    admitted = {case.example_id for case in cases if case.status == "admitted"}
    found: list[Earning] = []
    now = Earning(0, 0, 0, 0)
    for trace in traces:
        if not trace.cost.teacher_calls:
            continue
        now = Earning(
            now.calls + trace.cost.teacher_calls,
            now.tokens + trace.cost.teacher_tokens,
            now.solved + trace.solved,
            now.admitted + (trace.example_id in admitted),
        )
        found.append(now)
    return tuple(found)


def budget_curve(earned: Sequence[Earning]) -> Plot | None:
    """Two stairs over the teacher's tokens, or its calls where no tokens were taken: solved, and admitted."""
    if len(earned) < 2:
        return None
    last = earned[-1]
    unit = "tokens" if last.tokens else "calls"
    spent = [each.tokens if last.tokens else each.calls for each in earned]
    most, top = spent[-1], max(last.solved, 1)
    bottom, right = _TOP + _TALL, _LEFT + _WIDE

    def x(value: float) -> float:
        return _LEFT + _WIDE * value / most

    def y(value: float) -> float:
        return bottom - _TALL * value / top

    def stairs(counts: Sequence[int]) -> str:
        places = [(x(0), y(0))]
        for at, count in zip(spent, counts, strict=True):
            places += [(x(at), places[-1][1]), (x(at), y(count))]
        return " ".join(f"{a:.1f},{b:.1f}" for a, b in places)

    shapes = [
        element(
            "g",
            *(
                element("line", x1=_LEFT, x2=right, y1=y(top * q / 4), y2=y(top * q / 4), class_="level")
                for q in range(5)
            ),
            class_="grid",
        ),
        element("polyline", points=stairs([each.solved for each in earned]), class_="stairs-solved"),
        element("polyline", points=stairs([each.admitted for each in earned]), class_="stairs-admitted"),
    ]
    shapes += [
        _text(x(most * q / 4), bottom + 18, f"{round(most * q / 4):,}", "middle", "tick") for q in range(5)
    ]
    shapes += [_text(_LEFT - 8, y(count) + 4, str(count), "end", "tick") for count in (0, top)]
    # Two names at one height would cover each other.
    apart = 0 if abs(y(last.solved) - y(last.admitted)) >= 16 else 16
    shapes += [
        _text(right + 12, y(last.solved) + 4, f"{last.solved} solved", "start", "count"),
        _text(right + 12, y(last.admitted) + 4 + apart, f"{last.admitted} admitted", "start", "count"),
        _text((_LEFT + right) / 2, bottom + 38, f"{unit} of the teacher, for plans", "middle", "tick"),
    ]
    return drawing(
        "What the budget bought",
        f"After {most:,} {unit} of the teacher {last.solved} examples were solved with a plan "
        f"and {last.admitted} lessons admitted.",
        right + 110,
        bottom + 48,
        shapes,
        _table(earned),
    )


def _text(x: float, y: float, text: str, anchor: str, name: str) -> Markup:
    return element("text", text, x=x, y=y, text_anchor=anchor, class_=name)


def _table(earned: Sequence[Earning]) -> Table:
    # A long run is thinned evenly; its end is always there.
    step = -(-len(earned) // _MOST_ROWS)
    shown = [*earned[step - 1 :: step]]
    if shown[-1] is not earned[-1]:
        shown.append(earned[-1])
    rows = ((f"{e.calls:,}", f"{e.tokens:,}", str(e.solved), str(e.admitted)) for e in shown)
    return Table(("Calls", "Tokens", "Solved", "Admitted"), tuple(rows))
