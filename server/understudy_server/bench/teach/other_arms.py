"""Arms that others would choose: chain of thought, and demonstrations picked as DAIL-SQL picks them."""

from collections.abc import Callable, Mapping, Sequence

from understudy_knowledge.memory.records import Case, GeneralInstructions, Lesson
from understudy_knowledge.memory.skeleton import skeleton
from understudy_knowledge.retrieval.nearest import nearest
from understudy_knowledge.retrieval.query import RetrievalQuery
from understudy_knowledge.teaching.candidates import lesson_of
from understudy_knowledge.teaching.records import Attempt

_ALIKE = 0.85
"""Of the tokens of two skeletons; the threshold that Gao et al. report."""

CHAIN_OF_THOUGHT = GeneralInstructions(
    text="Think step by step before the answer: write each step of your reasoning as a comment at the top of the code "
    "(which tables and columns are needed, which rows are kept, what is computed, how it is shown), then the code itself."
)
"""Wei et al., "Chain-of-Thought Prompting Elicits Reasoning", NeurIPS 2022. A student that reads no prose is not changed by it."""


def dail_picker(
    demonstrations: Sequence[Case], languages: Mapping[str, str], first: Mapping[str, Attempt]
) -> Callable[[str, str, str, RetrievalQuery, int, set[str]], tuple[Lesson, ...]]:
    """Picks demonstrations for (item id, language, dialect, query, k, example ids left out).

    DAIL selection (Gao et al., "Text-to-SQL Empowered by Large Language Models", VLDB 2024): by the likeness of the questions with
    their values masked, those first whose code is shaped like the student's first attempt. `first` are those attempts, by item id.
    """
    by_language: dict[str, list[Case]] = {}
    for case in demonstrations:
        by_language.setdefault(languages[case.example_id], []).append(case)
    questions = {
        language: [RetrievalQuery(case.masked_question) for case in cases]
        for language, cases in by_language.items()
    }

    def pick(
        item: str, language: str, dialect: str, query: RetrievalQuery, k: int, excluded: set[str]
    ) -> tuple[Lesson, ...]:
        pool = by_language.get(language, [])
        ranked = [
            pool[place]
            for place, _ in nearest(query, questions.get(language, []), len(pool))
            if pool[place].example_id not in excluded
        ]
        code = first[item].code if item in first else ""
        shape = frozenset(skeleton(code, dialect).split()) if code else frozenset()
        ranked.sort(key=lambda case: not _alike(shape, frozenset(case.skeleton.split())))
        return tuple(lesson_of(case) for case in ranked[:k])

    return pick


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    both = len(one | other)
    return both > 0 and len(one & other) >= _ALIKE * both
