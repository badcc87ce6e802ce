"""Query context -> the one suggestion worth showing. Knows nothing of LSP, nor of who the student is."""

import asyncio
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from attrs import evolve, field, frozen

from understudy_knowledge.catalog.model import Catalog
from understudy_knowledge.memory.masking import mask_values
from understudy_knowledge.memory.records import GeneralInstructions, Lesson
from understudy_knowledge.memory.skeleton import skeleton
from understudy_knowledge.models.roles import (
    Completion,
    PreparingStudent,
    Probe,
    Relation,
    Student,
    StudentRequest,
)
from understudy_knowledge.retrieval import RetrievalQuery, Retriever
from understudy_server.completion.cache import Circumstances, Remembered, SuggestionCache
from understudy_server.completion.filters import clean
from understudy_server.completion.grammar import Grammars
from understudy_server.completion.recent_lessons import RecentLessons, SoughtBy
from understudy_server.completion.schema_check import verify
from understudy_server.completion.suggestion import Suggestion
from understudy_server.completion.worth_asking import is_worth_asking
from understudy_server.context.query_context import QueryContext

_MOST_COLUMNS = 256
"""What retrieval compares at most: a keystroke is not to wait for wide tables."""


@frozen
class Toolbox:
    """What a suggestion is made with. Immutable: new knowledge or a new catalog makes a new toolbox."""

    student: Student
    catalog: Catalog = field(factory=Catalog)
    retriever: Retriever | None = None
    general: GeneralInstructions = field(factory=GeneralInstructions)
    generation: int = 0
    """Of the knowledge that `retriever` and `general` come from."""
    probe: Probe | None = None
    cache: SuggestionCache = field(factory=SuggestionCache)
    grammars: Grammars = field(factory=Grammars)
    recent: RecentLessons = field(factory=RecentLessons)
    lessons: int = 1
    """How many lessons a request may hold at most."""
    max_tokens: int = 256


async def suggest(context: QueryContext, tools: Toolbox) -> Suggestion | None:
    """The suggestion for the cursor, or None. Raises BackendError when the student cannot answer."""
    if not is_worth_asking(context, explicit=True):
        return None
    if found := remembered(context, tools):
        return found.suggestion
    return await ask(context, tools)


def remembered(context: QueryContext, tools: Toolbox) -> Remembered | None:
    """What is known without asking the student; None where it would have to be asked."""
    return tools.cache.find(context, circumstances_of(context, tools))


def why_silent(context: QueryContext, tools: Toolbox) -> str:
    """Why the place that was asked for got no suggestion, as the end of a sentence; empty where it got one, or nobody knows."""
    if not is_worth_asking(context, explicit=True):
        return "there is neither SQL nor a question in a comment to go on from"
    found = remembered(context, tools)
    return found.unsaid if found is not None and found.suggestion is None else ""


@frozen
class Prepared:
    """All of a request that can be made before it is certain that the student is asked."""

    context: QueryContext
    tools: Toolbox
    circumstances: Circumstances
    request: StudentRequest
    watch: "_Stopwatch"


async def ask(
    context: QueryContext, tools: Toolbox, hear: Callable[[str], None] = lambda piece: None
) -> Suggestion | None:
    """What the student suggests now; `hear` is given its words as they come. It is remembered, unless BackendError is raised.

    Cancelling the task stops the generation.
    """
    return await answered(await prepared(context, tools, hear))


async def prepared(
    context: QueryContext, tools: Toolbox, hear: Callable[[str], None] = lambda piece: None
) -> Prepared:
    """What `answered` asks with: lessons and grammar are found here, while a keystroke may still follow."""
    watch = _Stopwatch()
    circumstances = circumstances_of(context, tools)
    with watch.stage("retrieval"):
        await _prepare(context, tools)
        lessons = _lessons_for(context, tools)
    with watch.stage("grammar"):
        if not tools.grammars.knows(tools.catalog):
            # A large catalog takes a tenth of a second, once: the editor's other requests need not wait for it.
            await asyncio.to_thread(tools.grammars.prepare, tools.catalog)
        grammar = tools.grammars.text_for(context, tools.catalog)
    with watch.stage("student"):
        request = _request(context, lessons, tools, hear, grammar)
        if isinstance(tools.student, PreparingStudent):
            await tools.student.make_ready(request)
    return Prepared(context, tools, circumstances, request, watch)


async def answered(ready: Prepared) -> Suggestion | None:
    """What the student suggests; as `ask`."""
    context, tools, watch = ready.context, ready.tools, ready.watch
    with watch.stage("student"):
        completion = await tools.student.complete(ready.request)
    # Another one may have stood in for the student that was asked; what it suggests is not to outlive its turn.
    circumstances = evolve(ready.circumstances, model=completion.model)
    with watch.stage("filters"):
        text = clean(completion.text, context)
    with watch.stage("schema check"):
        checked = verify(text, context, tools.catalog) if text else None
    if not checked:
        return tools.cache.keep(context, circumstances, None, _reason(completion, text))
    suggestion = Suggestion(
        id=uuid.uuid4().hex,
        text=checked,
        statement=context.prefix + checked + context.suffix,
        lessons=tuple(lesson for lesson in ready.request.lessons if lesson.case_id in completion.lesson_ids),
        model=completion.model,
        stages=watch.stages,
    )
    return tools.cache.keep(context, circumstances, suggestion)


def _reason(completion: Completion, text: str) -> str:
    """Why nothing is shown of what the student wrote."""
    if text:
        return "what the student wrote does not parse, or names a table or column that is not there"
    return completion.unsaid or "the student wrote nothing that goes on here"


def request_for(context: QueryContext, tools: Toolbox) -> StudentRequest:
    """What a student is asked for the place, with its lessons and its grammar."""
    grammar = tools.grammars.text_for(context, tools.catalog)
    return _request(context, _lessons_for(context, tools), tools, lambda piece: None, grammar)


def circumstances_of(context: QueryContext, tools: Toolbox) -> Circumstances:
    """What a suggestion depends on here besides the prefix."""
    return Circumstances(
        suffix=context.suffix,
        question=context.question.text,
        dialect=context.dialect,
        catalog_version=tools.catalog.version,
        generation=tools.generation,
        model=tools.student.name,
    )


async def _prepare(context: QueryContext, tools: Toolbox) -> None:
    """Give an embedding model, where there is one, its few milliseconds."""
    if tools.retriever is not None and tools.lessons and context.question.text:
        await tools.retriever.prepare(mask_values(context.question.text, tools.catalog))


def _lessons_for(context: QueryContext, tools: Toolbox) -> tuple[Lesson, ...]:
    """At most `tools.lessons` lessons; none where retrieval abstains or there is nothing learned yet."""
    if tools.retriever is None or not tools.lessons:
        return ()
    tables = tuple(sorted({relation.table.lower() for relation in context.relations if relation.table}))
    question = context.question.text

    def shape() -> str:
        return skeleton(context.statement, context.dialect) if context.statement.strip() else ""

    def find() -> tuple[Lesson, ...]:
        query = RetrievalQuery(masked, shape(), tables, _columns_in_sight(context))
        if tools.retriever is None:
            return ()
        return tuple(tools.retriever.lessons_for(query, tools.lessons, catalog=tools.catalog))

    masked = mask_values(question, tools.catalog)
    sought_by = SoughtBy(
        question,
        tables,
        "" if question else shape(),
        tools.generation,
        tools.catalog.version,
        tools.lessons,
        tools.retriever.has_vector(masked),
    )
    return tools.recent.get(sought_by, find)


def _columns_in_sight(context: QueryContext) -> tuple[str, ...]:
    """The columns of the relations at the cursor, each relation's first ones where there are too many to compare by."""
    listed = [relation.columns for relation in context.relations if relation.columns]
    share = max(1, _MOST_COLUMNS // max(1, len(listed)))
    return tuple(dict.fromkeys(column for columns in listed for column in columns[:share]))


def _request(
    context: QueryContext,
    lessons: tuple[Lesson, ...],
    tools: Toolbox,
    hear: Callable[[str], None],
    grammar: str | None,
) -> StudentRequest:
    return StudentRequest(
        question=context.question.text,
        catalog=tools.catalog,
        prefix=context.prefix,
        suffix=context.suffix,
        dialect=context.dialect,
        language="sql",
        clause=context.clause,
        relations=tuple(
            Relation(relation.name, relation.table, relation.columns) for relation in context.relations
        ),
        file_context=context.above,
        general=tools.general,
        lessons=lessons,
        purpose="ghost",
        probe=tools.probe,
        max_tokens=tools.max_tokens,
        hear=hear,
        grammar=grammar,
    )


@frozen
class _Stopwatch:
    """Milliseconds by stage."""

    stages: dict[str, float] = field(factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Times what stands under it; what goes by one name is added up."""
        started = time.perf_counter()
        yield
        self.stages[name] = self.stages.get(name, 0.0) + (time.perf_counter() - started) * 1000
