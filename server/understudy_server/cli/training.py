"""What was learned as training data, in the formats that TRL reads: one JSON object a line, conversational.

SFT and repairs are `prompt` and `completion`, DPO `prompt`, `chosen` and `rejected`, traces are `messages`; see "Dataset formats and types" in
TRL's documentation. The prompt is what the student is asked at the keyboard, without lessons: they are what training is to replace.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

from attrs import frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.records import Case, Language
from understudy_knowledge.memory.repairs import Repair
from understudy_knowledge.models.roles import StudentRequest
from understudy_knowledge.models.vllm.redaction import redact
from understudy_knowledge.models.vllm.student_prompts import StudentPrompts
from understudy_knowledge.teaching.choices import TAU
from understudy_knowledge.teaching.records import Attempt, Trace

Format = Literal["sft", "dpo", "traces", "repairs"]
Row = dict[str, Any]
_PROMPT_TOKENS = 4_000


@frozen
class Taught:
    """Solved cases, each with the trace that led to it where a log still has it, by example id."""

    cases: Sequence[Case]
    traces: Mapping[str, Trace]
    catalog: Catalog
    repairs: Sequence[Repair] = ()
    tau: float = TAU
    """Of two right answers only one that much dearer is rejected."""


def to_lines(taught: Taught, wanted: Format) -> tuple[bytes, int]:
    """The rows of that format as JSON lines, and how many there are. What holds a secret is left out."""
    makers: dict[Format, Callable[[Taught], Iterator[Row]]] = {
        "sft": _sft,
        "dpo": _dpo,
        "traces": _traces,
        "repairs": _repairs,
    }
    lines = [json.dumps(row, ensure_ascii=False) for row in makers[wanted](taught)]
    kept = [line for line in lines if redact(line) == line]
    return "".join(f"{line}\n" for line in kept).encode("utf-8", "replace"), len(kept)


def usable(cases: Sequence[Case]) -> list[Case]:
    """The cases whose code gave the gold answer here: those of the project itself, helpful or not, and imported ones once admitted."""
    return [
        case
        for case in cases
        if case.status == "admitted" or (case.status == "refused" and case.provenance is None)
    ]


def _sft(taught: Taught) -> Iterator[Row]:
    for case in _cheapest(taught.cases):
        yield {
            "prompt": [_user(_asked(case, taught.catalog))],
            "completion": [_assistant(case.code, case.language)],
        }


def _dpo(taught: Taught) -> Iterator[Row]:
    """The answer worth imitating against each failed attempt at the example, those without help first; then, as weaker pairs,
    against right answers that cost too much."""
    cases: dict[str, list[Case]] = {}
    for case in taught.cases:
        cases.setdefault(case.example_id, []).append(case)
    for best in _cheapest(taught.cases):
        trace = taught.traces.get(best.example_id)
        attempts = _attempts(trace) if trace else ()
        right = _right_answers(cases[best.example_id], attempts)
        chosen, dear = right[0], [code for code in right if _cost(code) * (1 - taught.tau) > _cost(right[0])]
        wrong = dict.fromkeys(attempt.code for attempt in attempts if not attempt.passed and attempt.code)
        for rejected in (*wrong, *dear):
            if _words(rejected) not in {_words(chosen), ()}:
                yield {
                    "prompt": [_user(_asked(best, taught.catalog))],
                    "chosen": [_assistant(chosen, best.language)],
                    "rejected": [_assistant(rejected, best.language)],
                }


def _attempts(trace: Trace) -> tuple[Attempt, ...]:
    """All of a trace, in the order in which they were made."""
    helped = (trace.helped,) if trace.helped else ()
    return (trace.own, *helped, *(turn.attempt for turn in trace.turns))


def _right_answers(cases: Sequence[Case], attempts: Sequence[Attempt]) -> list[str]:
    """Each distinct code that gave the gold answer, the cheapest first. A success that proves little is left out: nobody knows
    whether it belongs to the one side or to the other."""
    codes = [case.code for case in cases]
    codes += [attempt.code for attempt in attempts if attempt.passed and not attempt.weak and attempt.code]
    distinct = {_words(code): code for code in reversed(codes)}
    return sorted(distinct.values(), key=lambda code: (_cost(code), codes.index(code)))


def _cost(code: str) -> int:
    """What an answer costs whoever is trained to give it: its tokens, near enough. All are right, so that nothing else is left of
    their reward; within the top band the dearer one is no worse."""
    return max(1, len(_words(code)))


def _words(code: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+|[^\w\s]", code))


def _traces(taught: Taught) -> Iterator[Row]:
    """A conversation a trace: the question, each attempt, what was wrong with it and the plan that followed."""
    for case in _cheapest(taught.cases):
        trace = taught.traces.get(case.example_id)
        if trace is None:
            continue
        messages, asked, said = [], _asked(case, taught.catalog), trace.own
        for turn in trace.turns:
            steps = (
                f"{number}. {step.purpose}: {step.code}" for number, step in enumerate(turn.plan.steps, 1)
            )
            plan = "Carry out this plan:\n" + "\n".join(steps)
            if said.code:
                messages += [_user(asked), _assistant(said.code, case.language)]
                asked = f"{said.diagnosis}\n{plan}"
            else:  # a turn in which nothing was said is none
                asked = f"{asked}\n\n{plan}"
            said = turn.attempt
        messages.append(_user(asked))
        messages.append(_assistant(said.code, case.language))
        yield {"messages": messages, "example_id": case.example_id, "solved": said.passed}


def _repairs(taught: Taught) -> Iterator[Row]:
    """A bug as the student wrote it with what was said of it, and the code that was proved right."""
    for repair in taught.repairs:
        request = StudentRequest(repair.question, taught.catalog, dialect=repair.dialect)
        asked = StudentPrompts().message(request, _PROMPT_TOKENS).strip()
        language: Language = "python" if repair.dialect == "python" else "sql"
        bug = f"{asked}\n\nThis does not answer it:\n{_fenced(repair.broken, language)}\n{repair.error}"
        yield {"prompt": [_user(bug)], "completion": [_assistant(repair.fixed, language)]}


def _cheapest(cases: Sequence[Case]) -> list[Case]:
    """Of several successes of one example the one that took the fewest turns and tokens: the tier that is worth imitating."""
    best: dict[str, Case] = {}
    for case in sorted(cases, key=lambda case: (case.cost.turns, case.cost.teacher_tokens, case.id)):
        best.setdefault(case.example_id, case)
    return sorted(best.values(), key=lambda case: case.id)


def _asked(case: Case, catalog: Catalog) -> str:
    request = StudentRequest(case.question, catalog, dialect=case.plan.dialect, language=case.language)
    return StudentPrompts().message(request, _PROMPT_TOKENS).strip()


def _user(content: str) -> dict[str, str]:
    return {"role": "user", "content": content}


def _assistant(code: str, language: Language) -> dict[str, str]:
    return {"role": "assistant", "content": _fenced(code, language)}


def _fenced(code: str, language: Language) -> str:
    return f"```{language}\n{code}\n```"
