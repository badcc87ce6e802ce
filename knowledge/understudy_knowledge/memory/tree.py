"""The knowledge tree: root, language, skill, topic, case. Built anew from the cases whenever someone asks; nothing is kept of it."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from attrs import frozen

from understudy_knowledge.memory.records import Case, NodeInstruction
from understudy_knowledge.memory.words import stems

_SKILLS = (
    ("set operation", (" UNION ", " EXCEPT ", " INTERSECT ")),
    ("nested", ("(SELECT ", "WITH ")),
    ("window", (" OVER ",)),
    ("join", (" JOIN ",)),
    ("group", (" GROUP BY ",)),
    ("aggregate", ("COUNT(", "SUM(", "AVG(", "MIN(", "MAX(", "TOTAL(", "GROUP_CONCAT(")),
    ("having", (" HAVING ",)),
    ("top", (" LIMIT ",)),
)
"""What a statement needs to be known of, and how its skeleton shows it."""
_TYPICAL = 0.5
"""In which share of a node's questions a word stands that is typical of it."""
_MATCHING = 0.5
"""Which share of a node's typical words a question must have, where nothing else tells that it belongs there."""


@frozen
class Node:
    """One node with all that stands below it. The root's path is empty; a topic's children are its cases, told by `cases`."""

    path: tuple[str, ...]
    cases: tuple[Case, ...]
    children: tuple["Node", ...] = ()

    @property
    def lift(self) -> float | None:
        """The mean lift of the cases below that were measured."""
        lifts = [case.lift.value for case in self.cases if case.lift]
        return sum(lifts) / len(lifts) if lifts else None

    def walk(self) -> Iterator["Node"]:
        """The node and all inner nodes below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()


def build(cases: Iterable[Case]) -> Node:
    """The tree of these cases, those that help most first."""
    ranked = tuple(sorted(cases, key=lambda case: (-(case.lift.value if case.lift else 0.0), case.id)))
    shared = Counter(table for case in ranked for table in case.lineage.tables)
    keys: tuple[Callable[[Case], str], ...] = (
        lambda case: case.language,
        lambda case: skill_of(case.skeleton),
        lambda case: topic_of(case.lineage.tables, shared),
    )
    return _node((), ranked, keys)


@lru_cache(maxsize=4096)
def skill_of(skeleton: str) -> str:
    """The skeleton's family: what the statement needs, as `join, group, aggregate`; `lookup` where it needs nothing of it."""
    text = f" {skeleton.upper()} "
    return ", ".join(name for name, signs in _SKILLS if any(sign in text for sign in signs)) or "lookup"


def topic_of(tables: Collection[str], shared: Counter[str]) -> str:
    """The one of the tables that most cases touch: what all of them are about."""
    return min(tables, key=lambda table: (-shared[table], table), default="no table")


def typical_words(questions: Sequence[str]) -> tuple[str, ...]:
    """The stems that at least half of the masked questions have, sorted."""
    counts = Counter(word for question in questions for word in set(stems(question)) if word != "_")
    return tuple(sorted(word for word, count in counts.items() if count >= max(2, _TYPICAL * len(questions))))


def descend(
    question: str, skeleton: str, tables: Collection[str], nodes: Iterable[NodeInstruction]
) -> NodeInstruction | None:
    """The node with something to say that a query belongs to: of the same skill and topic as far as these are known of the
    query, else by the words of its masked question. The likest wins, then the deepest. None where the query belongs nowhere."""
    asked = set(stems(question))
    skill = skill_of(skeleton) if skeleton else ""
    named = {table.lower() for table in tables}
    best: tuple[float, int, NodeInstruction] | None = None
    for node in nodes:
        _, of_skill, of_topic = (*node.path, "", "", "")[:3]
        if (skill and of_skill and skill != of_skill) or (named and of_topic and of_topic not in named):
            continue
        matching = len(asked.intersection(node.words)) / len(node.words) if node.words else 0.0
        told = bool(skill and of_skill) and bool((named and of_topic) or not of_topic)
        if matching < _MATCHING and not told:
            continue
        if best is None or (matching, len(node.path)) > best[:2]:
            best = (matching, len(node.path), node)
    return best[2] if best else None


def _node(path: tuple[str, ...], cases: tuple[Case, ...], keys: Sequence[Callable[[Case], str]]) -> Node:
    if not keys:
        return Node(path, cases)
    key, *below = keys
    groups = groupby(sorted(cases, key=key), key=key)
    children = tuple(_node((*path, name), tuple(members), below) for name, members in groups)
    return Node(path, cases, tuple(sorted(children, key=lambda child: (-len(child.cases), child.path))))
