"""When to say nothing at the keyboard: a statement that leaves out what its question says is worse than none."""

from sqlglot import exp

from understudy_knowledge.models.embedded.choosing import Candidate
from understudy_knowledge.models.embedded.named import named_values, said_numbers
from understudy_knowledge.models.embedded.ranking import FILLERS, TURNING
from understudy_knowledge.models.embedded.reading import Reading
from understudy_knowledge.models.embedded.tokens import name_stems

_MOST = 0.25
"""The share of a question's words that may go unanswered."""
_MUST = TURNING | frozenset(name_stems("hour day weekday week month quarter year"))
"""Words none of which may: a figure for the whole year is no answer to what it was by quarter."""


def left_out(candidate: Candidate, reading: Reading) -> tuple[str, ...]:
    """The words of the question that are reason enough to say nothing: a value, a number, a word that turns the question around or
    names a time, or too many others; none where the statement may be shown.

    A name that the statement gives to a figure answers nothing. Of the example project's 38 held-out questions 13 are right with what
    was learned; at the keyboard 15 are answered, 11 of them right.
    """
    literals = {str(node.this).lower() for node in candidate.tree.find_all(exp.Literal)}
    values = named_values(reading)
    unused = [
        str(each.value)
        for each in values
        if str(each.value).lower() not in literals and not each.words <= candidate.told
    ]
    tokens, text = reading.links.tokens, " ".join(literals)
    numbers = [tokens[at] for at in said_numbers(reading, values)]
    unused += [
        each.text
        for each in numbers
        if each.stem not in candidate.told and each.number is not None and f"{each.number:g}" not in text
    ]
    if unused:
        return tuple(unused)
    given = {node.alias for node in candidate.tree.find_all(exp.Alias)}
    named = {node.name for node in candidate.tree.find_all(exp.Column, exp.Table)} - given
    said = {word for name in (*named, *literals) for word in name_stems(name)} | candidate.told
    content = reading.links.content - reading.cues.used - FILLERS
    left = content - said - {token.stem for token in tokens if token.number is not None}
    if left & _MUST or len(left) > _MOST * len(content):
        return tuple(dict.fromkeys(token.text for token in tokens if token.stem in left))
    return ()
