"""Which of several statements answers the question best: what each is made of, and what running it shows.

A conditional logit over the candidates of one question: linear in the signs below and in those of `agreement`, fitted by maximum
likelihood (with an L2 penalty of 1 on standardized signs) on 1,147 questions over 480 databases of `train/`, each with 4 and with 8
lessons of a few dozen databases, its own among them or not. Fitted on four fifths of these collections, it puts a right statement
first for 369 (4 lessons) and 389 (8) of the questions in the others; without the signs of `agreement` that is 342 and 357.
What the student makes of the question alone has 0.7 of a unit more than was fitted: that way lessons lose 26 instead of 42 of those
2,294 pairs of question and lessons, and gain 369 instead of 392.
"""

from typing import NamedTuple

from attrs import field, frozen
from sqlglot import exp

from understudy_knowledge.memory.words import stem, words
from understudy_knowledge.models.embedded.agreement import Wording
from understudy_knowledge.models.embedded.linking import Mention
from understudy_knowledge.models.embedded.named import named_values, said_numbers
from understudy_knowledge.models.embedded.reading import Reading
from understudy_knowledge.models.embedded.tokens import name_stems
from understudy_knowledge.models.embedded.transfer import Fit
from understudy_knowledge.models.roles import Probe, ProbeResult

_PROBED = 6
"""Four are as good as sixteen to within one question in a hundred."""
_PROBED_BY_SCORE = 4
_FAILED, _EMPTY = 1.0, 0.3
_MANY = 20
_PERSONS_AND_PLACES = frozenset({"who", "where", "which"})


class Signs(NamedTuple):
    """What speaks for and against one statement; and, in their own units, what each sign weighs."""

    sketched: float = 0.0
    """It was written from a sketch, not after a shape."""
    adapted: float = 0.0
    """From the sketch of a lesson."""
    score: float = 0.0
    """The sketch's score."""
    ignored: float = 0.0
    """The share of words that the sketch leaves unanswered."""
    alike: float = 0.0
    filled: float = 0.0
    turned: float = 0.0
    columns: float = 0.0
    """How many it mentions."""
    unused_values: float = 0.0
    unused_numbers: float = 0.0
    covered: float = 0.0
    """The share of the question's words that it, or the question of its shape, has too."""
    unsaid: float = 0.0
    """Columns that the question has no word of."""
    failed: float = 0.0
    empty: float = 0.0
    one_row: float = 0.0
    many_rows: float = 0.0
    echo: float = 0.0
    """The first row says what the question says already."""
    picked: float = 0.0
    """The same, where the question asks which of two it is."""
    bare_number: float = 0.0
    """Numbers alone where the question asks who, where or which."""
    rows: float = 0.0
    """How many it has beside those that are many."""
    nothing: float = 0.0
    """Its only cell is 0."""
    repeated: float = 0.0
    """It has a row twice."""

    @property
    def weight(self) -> float:
        """What they come to."""
        return sum(sign * weight for sign, weight in zip(self, _WEIGHTS, strict=True))


_WEIGHTS = Signs(
    sketched=5.61,
    adapted=-1.32,
    score=-0.43,
    ignored=-3.16,
    alike=1.48,
    filled=2.26,
    turned=-1.08,
    columns=-0.16,
    unused_values=-0.63,
    unused_numbers=-0.31,
    covered=4.86,
    unsaid=-0.34,
    failed=-12.0,  # not fitted: what does not run is no answer
    empty=-6.98,
    one_row=0.48,
    many_rows=-3.08,
    echo=-3.50,
    picked=3.51,
    bare_number=-1.76,
    rows=-3.14,
    nothing=-3.03,
    repeated=-1.62,
)
_MOST_GAINED = _WEIGHTS.one_row + _WEIGHTS.picked
"""By what running a statement shows."""


@frozen(eq=False)
class Candidate:
    """One statement and how well it answers the question, as far as that shows before it is run."""

    sql: str
    tree: exp.Expr
    score: float
    lesson_ids: tuple[str, ...] = ()
    ignored: float = 0.0
    """Share of the question's words that the statement does not account for."""
    fit: Fit | None = None
    """Of the shape that it was written after; None where it was written from a sketch."""
    lesson_words: frozenset[str] = field(default=frozenset())
    """Stems of the words of its lesson's question."""
    told: frozenset[str] = field(default=frozenset())
    """Stems of the question that it accounts for beyond those in its names and literals."""
    foreign: bool = False
    """Whether its lesson is about other tables than this catalog's."""


@frozen
class Chooser:
    """Finds the signs over one question."""

    reading: Reading
    values: list[Mention]
    numbers: list[int]
    wording: Wording

    @classmethod
    def of(cls, reading: Reading) -> "Chooser":
        """For that question."""
        values = named_values(reading)
        return cls(reading, values, said_numbers(reading, values), Wording.of(reading.links.tokens))

    def made_of(self, candidate: Candidate) -> Signs:
        """Those that a statement shows before it is run."""
        fit, columns = candidate.fit, list(candidate.tree.find_all(exp.Column))
        content, low = self.reading.links.content, candidate.sql.lower()
        names = {node.name for node in candidate.tree.find_all(exp.Column, exp.Table, exp.Literal)}
        said = {word for name in names for word in name_stems(name)} | candidate.lesson_words
        numbers = [self.reading.links.tokens[at].number for at in self.numbers]
        return Signs(
            sketched=fit is None,
            adapted=fit is None and bool(candidate.lesson_ids),
            score=candidate.score if fit is None else 0.0,
            ignored=candidate.ignored if fit is None else 0.0,
            alike=fit.alike if fit else 0.0,
            filled=fit.filled if fit else 0.0,
            turned=fit.turned if fit else 0.0,
            columns=len(columns),
            unused_values=sum(str(mention.value).lower() not in low for mention in self.values),
            unused_numbers=sum(f"{number:g}" not in low for number in numbers if number is not None),
            covered=len(content & said) / max(1, len(content)),
            unsaid=len({each.name for each in columns if content.isdisjoint(name_stems(each.name))}),
        )

    def promise(self, candidate: Candidate) -> float:
        """What the candidate comes to before it is run."""
        return self.made_of(candidate).weight + self.wording.against(candidate.tree).weight

    def shown(self, result: ProbeResult) -> Signs:
        """Those that the statement's result shows."""
        if result.rows is None:
            return Signs(failed=1)
        if not result.rows or all(cell is None for cell in result.rows[0]):
            return Signs(empty=1)
        first = result.rows[0]
        named = {str(mention.value).lower() for mention in self.values}
        echoed = any(str(cell).lower() in named for cell in first)
        return Signs(
            one_row=len(result.rows) == 1,
            many_rows=len(result.rows) > _MANY,
            rows=min(len(result.rows), _MANY) / _MANY,
            nothing=result.rows == ((0,),),
            repeated=len(set(result.rows)) < len(result.rows),
            echo=echoed and not self._asks_which_of_two,
            picked=echoed and self._asks_which_of_two,
            bare_number=self._asks_for_a_name and all(isinstance(cell, int | float) for cell in first),
        )

    @property
    def _asks_which_of_two(self) -> bool:
        return len(self.values) > 1 and any(t.text.lower() == "or" for t in self.reading.links.tokens)

    @property
    def _asks_for_a_name(self) -> bool:
        tokens = self.reading.links.tokens
        return bool(tokens) and tokens[0].text.lower() in _PERSONS_AND_PLACES


def lesson_words(question: str) -> frozenset[str]:
    """Stems of the words of a lesson's question."""
    return frozenset(stem(word) for word in words(question))


async def best(candidates: list[Candidate], reading: Reading, probe: Probe | None) -> Candidate | None:
    """The candidate that answers best, after running the likeliest few; without a probe the first one.

    The signs decide where a lesson of other tables has a say. Among what this catalog's own lessons and definitions say the scores
    do: what a project means by its words shows in no sign.
    """
    if not candidates or probe is None:
        return candidates[0] if candidates else None
    if any(candidate.foreign for candidate in candidates):
        return await _best_by_signs(candidates, Chooser.of(reading), probe)
    return await _best_by_score(candidates, probe)


async def _best_by_signs(candidates: list[Candidate], chooser: Chooser, probe: Probe) -> Candidate:
    likely = [(chooser.promise(candidate), candidate) for candidate in candidates]
    likely.sort(key=lambda each: -each[0])
    chosen, reached = likely[0][1], -float("inf")
    for value, candidate in likely[:_PROBED]:
        if value + _MOST_GAINED <= reached:
            break  # nothing that follows can beat what already ran well
        borne_out = value + chooser.shown(await probe.run(candidate.sql)).weight
        if borne_out > reached:
            chosen, reached = candidate, borne_out
    return chosen


async def _best_by_score(candidates: list[Candidate], probe: Probe) -> Candidate:
    """A failure or an empty answer counts against a candidate."""
    chosen, reached = candidates[0], -float("inf")
    for candidate in candidates[:_PROBED_BY_SCORE]:
        if reached >= candidate.score:
            break
        result = await probe.run(candidate.sql)
        value = candidate.score
        if result.rows is None:
            value -= _FAILED
        elif not result.rows or all(cell is None for cell in result.rows[0]):
            value -= _EMPTY
        if value > reached:
            chosen, reached = candidate, value
    return chosen
