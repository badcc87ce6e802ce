"""What was learned that touches a statement: the lessons its suggestion was made with, and the cases taught from it."""

from collections.abc import Mapping, Sequence

from attrs import field, frozen

from understudy_knowledge.errors import KnowledgeStoreError
from understudy_knowledge.memory.records import Case
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_server.completion.suggestion import Suggestion
from understudy_server.context.query_context import QueryContext


@frozen
class Learned:
    """`suggestion` wrote the statement; `cases` are those of its lessons that are still kept, by id."""

    suggestion: Suggestion | None = None
    cases: Mapping[str, Case] = field(factory=dict)
    taught: tuple[Case, ...] = ()
    """Cases made from the statement itself."""
    student: str = ""
    """Who completes here, as far as that is known: a lift that was measured for another one says so."""


def learned_at(
    context: QueryContext,
    suggestions: Sequence[Suggestion],
    store: KnowledgeStore | None,
    place: tuple[str, int] | None,
    student: str = "",
) -> Learned:
    """What the statement at the cursor owes to lessons, and what lessons owe to it.

    `suggestions` are those that were shown, oldest first; `place` is the statement's file, relative to the workspace, and
    its 1-based line. Knowledge that cannot be read is as if there were none.
    """
    suggestion = _suggestion_of(context.statement, suggestions)
    if store is None:
        return Learned(suggestion)
    cases = (
        {lesson.case_id: _kept(lesson.case_id, store) for lesson in suggestion.lessons} if suggestion else {}
    )
    kept = {case_id: case for case_id, case in cases.items() if case is not None}
    return Learned(suggestion, kept, _taught(context, store, place) if place else (), student)


def _kept(case_id: str, store: KnowledgeStore) -> Case | None:
    """The case, unless it was forgotten since it helped."""
    try:
        return store.case(case_id)
    except KnowledgeStoreError:
        return None


def _taught(context: QueryContext, store: KnowledgeStore, place: tuple[str, int]) -> tuple[Case, ...]:
    path, line = place
    try:
        return tuple(case for case in store.cases_from(path) if _is_about(case, context, line))
    except KnowledgeStoreError:
        return ()


def _suggestion_of(statement: str, suggestions: Sequence[Suggestion]) -> Suggestion | None:
    written = _bare(statement)
    return next((each for each in reversed(suggestions) if _bare(each.statement) == written), None)


def _bare(statement: str) -> str:
    """The statement without white space: an insertion is indented, and padded where a string escapes it."""
    return "".join(statement.split()).rstrip(";")


def _is_about(case: Case, context: QueryContext, line: int) -> bool:
    """Lines move while a file is edited, so the question decides where there is one."""
    asked = context.question.text
    return case.question == asked if asked else case.origin.line == line
