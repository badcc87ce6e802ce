"""The symbolic student: grounds a plan or a lesson in the catalog; without either it improvises. It is no language model."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable

from sqlglot import exp

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.records import Lesson
from understudy_knowledge.memory.staleness import lacking
from understudy_knowledge.memory.wording import listed
from understudy_knowledge.memory.words import words
from understudy_knowledge.models.embedded.adapt import adapt
from understudy_knowledge.models.embedded.align import Aligned, align
from understudy_knowledge.models.embedded.choosing import Candidate, lesson_words
from understudy_knowledge.models.embedded.choosing import best as best_of
from understudy_knowledge.models.embedded.compose import Composer, composer_for
from understudy_knowledge.models.embedded.continuation import continue_statement, goes_on, insertion_after
from understudy_knowledge.models.embedded.fill import fill
from understudy_knowledge.models.embedded.improvise import improvise
from understudy_knowledge.models.embedded.likeness import likeness
from understudy_knowledge.models.embedded.plans import sketch_of
from understudy_knowledge.models.embedded.program_answers import write_program
from understudy_knowledge.models.embedded.ranking import ignored, score
from understudy_knowledge.models.embedded.reading import Reading, read
from understudy_knowledge.models.embedded.silence import left_out
from understudy_knowledge.models.embedded.sketch import Sketch, decompose
from understudy_knowledge.models.embedded.transfer import transfer
from understudy_knowledge.models.embedded.writing import write
from understudy_knowledge.models.roles import Completion, StudentRequest

_LESSON = 0.1
"""How much the student trusts a lesson beyond what it explains of the question."""
_SHAPED = 0.05
"""How much the student trusts a lesson's shape beyond what it scores."""
_RESEMBLES = 0.2
"""The likeness of two questions from which a lesson is for rather than against a statement."""
_NOTHING = "neither the schema nor a lesson says how to answer this question"
_ELSEWHERE = "what it could write does not go on from what stands before the cursor"


_Sketched = tuple[Sketch, float, Lesson | None]
"""A sketch, how far it is believed beyond what it scores, and the lesson that it is of."""


class EmbeddedStudent:
    """Fills the role Student without model files. Deterministic: the same request gives the same completion."""

    name = "embedded-student-5"
    """The number changes with the rules: a lift is measured for one student."""

    async def complete(self, request: StudentRequest) -> Completion:
        """The best statement's remainder after the prefix; empty text where nothing fits. CPU work runs in a thread."""
        started = time.perf_counter()
        if request.language == "python":
            program, lesson_ids = await asyncio.to_thread(write_program, request)
            return Completion(
                program, self.name, lesson_ids=lesson_ids, seconds=time.perf_counter() - started
            )
        candidates = [] if goes_on(request) else await asyncio.to_thread(_candidates, request)
        if request.prefix.strip():
            candidates = [item for item in candidates if insertion_after(request, item.sql)]
        reading = read(request.question, request.catalog)
        best = await best_of(candidates, reading, request.probe)
        at_keyboard = request.purpose == "ghost" and request.plan is None
        unsaid = "" if best is not None else _NOTHING
        if at_keyboard and best is not None and (left := left_out(best, reading)):
            quoted = listed([f"“{word}”" for word in left], "and")
            best, unsaid = None, f"what it could write says nothing of {quoted}"
        text = insertion_after(request, best.sql) if best is not None else ""
        ids = best.lesson_ids if best is not None and text else ()
        if not text and request.prefix.strip():
            text = await asyncio.to_thread(continue_statement, request, reading)
        seconds = time.perf_counter() - started
        return Completion(
            text, self.name, lesson_ids=ids, seconds=seconds, unsaid="" if text else unsaid or _ELSEWHERE
        )

    async def stream(self, request: StudentRequest) -> AsyncIterator[str]:
        """The whole completion at once: there is nothing to wait for in between."""
        completion = await self.complete(request)
        if completion.text:
            yield completion.text

    async def close(self) -> None:
        """Nothing to give back."""


def _candidates(request: StudentRequest) -> list[Candidate]:
    """Distinct statements, best first, before any is run."""
    reading = read(request.question, request.catalog)
    composer = composer_for(request.catalog)
    if request.plan is not None:
        whole = [step.holes[0].pinned for step in request.plan.steps if step.clause == "whole" and step.holes]
        if whole and whole[0]:
            return [Candidate(whole[0], exp.Null(), 1.0)]
        planned = _written(
            ((sketch, 0.0, None) for sketch in fill(request.plan, reading)),
            composer,
            reading,
            request.dialect,
        )
        if planned:
            return planned
    told = (*request.general.definitions, *(item for each in request.lessons for item in each.definitions))
    scored: list[_Sketched] = [(sketch, 0.0, None) for sketch in improvise(reading, told)]
    taught: list[_Sketched] = []
    for lesson in request.lessons:
        if lesson.plan.dialect == "python":
            continue  # a program is no lesson for a query
        if lacking(lesson.lineage, request.catalog):
            continue  # of other tables: nothing but its shape is of use here
        if (aligned := aligned_lesson(lesson, request.catalog)) is not None:
            taught += [(s, _trust(lesson, request), lesson) for s in adapt(aligned, reading, told)]
    own = _written([*taught, *scored], composer, reading, request.dialect)
    return sorted(
        [*_transferred(request.lessons, reading, request.dialect), *own], key=lambda item: -item.score
    )


def _trust(lesson: Lesson, request: StudentRequest) -> float:
    """How far the lesson is believed: as far as its question resembles this one."""
    alike = likeness(words(lesson.question), words(request.question))
    return _LESSON * max(-1.0, min(1.0, (alike - _RESEMBLES) / _RESEMBLES))


def _transferred(lessons: Iterable[Lesson], reading: Reading, dialect: str) -> list[Candidate]:
    """Statements in the shapes of lessons, which may be of other tables."""
    found: dict[str, Candidate] = {}
    for lesson in lessons:
        if lesson.plan.shape is None:
            continue
        foreign = bool(lacking(lesson.lineage, reading.catalog))
        for each in transfer(lesson.plan.shape, lesson.question, reading):
            sql, score = write(each.tree, dialect), each.score + _SHAPED
            if sql not in found or found[sql].score < score:
                found[sql] = Candidate(
                    sql,
                    each.tree,
                    score,
                    (lesson.case_id,),
                    fit=each.fit,
                    lesson_words=lesson_words(lesson.question),
                    told=lesson_words(lesson.question),
                    foreign=foreign,
                )
    return list(found.values())


def aligned_lesson(lesson: Lesson, catalog: Catalog) -> Aligned | None:
    """The lesson's plan with its holes filled as they were, read as a sketch whose pieces know their words."""
    reading = read(lesson.question, catalog)
    sketch = sketch_of(lesson.plan, {})
    if sketch is None:
        plain = decompose(lesson.code, catalog, lesson.plan.dialect)
        sketch = align(reading, plain) if plain is not None else None
    return Aligned(reading, sketch) if sketch is not None else None


def _written(
    sketches: Iterable[_Sketched],
    composer: Composer,
    reading: Reading,
    dialect: str,
) -> list[Candidate]:
    found: dict[str, Candidate] = {}
    for sketch, trust, lesson in sketches:
        tree = composer.compose(sketch, reading.spoken)
        if tree is None:
            continue
        sql = write(tree, dialect, reading.catalog)
        candidate = Candidate(
            sql,
            tree,
            score(sketch, reading) + trust,
            (lesson.case_id,) if lesson else (),
            ignored(sketch, reading),
            told=sketch.words,
        )
        if sql not in found or found[sql].score < candidate.score:
            found[sql] = candidate
    return sorted(found.values(), key=lambda candidate: -candidate.score)
