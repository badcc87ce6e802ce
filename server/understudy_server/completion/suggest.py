"""Query context -> the one suggestion worth showing. Knows nothing of LSP, nor of who the student is."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from attrs import field, frozen

from understudy_knowledge.catalog.model import Catalog
from understudy_knowledge.memory.masking import mask_values
from understudy_knowledge.memory.records import GeneralInstructions, Lesson
from understudy_knowledge.memory.skeleton import skeleton
from understudy_knowledge.models.roles import Probe, Relation, Student, StudentRequest
from understudy_knowledge.retrieval import RetrievalQuery, Retriever
from understudy_server.completion.cache import Circumstances, SuggestionCache
from understudy_server.completion.filters import clean
from understudy_server.completion.schema_check import verify
from understudy_server.completion.suggestion import Suggestion
from understudy_server.context.query_context import QueryContext


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
    lessons: int = 1
    """How many lessons a request may hold at most."""
    max_tokens: int = 256


async def suggest(context: QueryContext, tools: Toolbox) -> Suggestion | None:
    """The suggestion for the cursor, or None. Raises BackendError when the student cannot answer."""
    if context.region == "python-code":  # students complete SQL
        return None
    if not context.prefix.strip() and not context.question.text:
        return None
    watch = _Stopwatch()
    circumstances = _circumstances(context, tools)
    if cached := tools.cache.find(context, circumstances):
        return cached
    with watch.stage("retrieval"):
        lessons = _lessons_for(context, tools)
    with watch.stage("student"):
        completion = await tools.student.complete(_request(context, lessons, tools))
    with watch.stage("filters"):
        text = clean(completion.text, context)
    with watch.stage("schema check"):
        checked = verify(text, context, tools.catalog) if text else None
    if checked is None:
        return None
    suggestion = Suggestion(
        id=uuid.uuid4().hex,
        text=checked,
        statement=context.prefix + checked + context.suffix,
        lessons=tuple(lesson for lesson in lessons if lesson.case_id in completion.lesson_ids),
        model=completion.model,
        stages=watch.stages,
    )
    return tools.cache.keep(context, circumstances, suggestion)


def _circumstances(context: QueryContext, tools: Toolbox) -> Circumstances:
    return Circumstances(
        suffix=context.suffix,
        question=context.question.text,
        dialect=context.dialect,
        catalog_version=tools.catalog.version,
        generation=tools.generation,
        model=tools.student.name,
    )


def _lessons_for(context: QueryContext, tools: Toolbox) -> tuple[Lesson, ...]:
    """At most `tools.lessons` lessons; none where retrieval abstains or there is nothing learned yet."""
    if tools.retriever is None or not tools.lessons:
        return ()
    tables = tuple(sorted({relation.table.lower() for relation in context.relations if relation.table}))
    query = RetrievalQuery(
        question=mask_values(context.question.text, tools.catalog),
        skeleton=skeleton(context.statement, context.dialect) if context.statement.strip() else "",
        tables=tables,
    )
    return tuple(tools.retriever.lessons_for(query, tools.lessons))


def _request(context: QueryContext, lessons: tuple[Lesson, ...], tools: Toolbox) -> StudentRequest:
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
    )


@frozen
class _Stopwatch:
    """Milliseconds by stage."""

    stages: dict[str, float] = field(factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Times what stands under it."""
        started = time.perf_counter()
        yield
        self.stages[name] = (time.perf_counter() - started) * 1000
