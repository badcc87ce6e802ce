"""A question without its values: what is left is what two questions can share. Knows the catalog's samples, runs nothing."""

import re
import weakref
from collections import OrderedDict

from attrs import frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.words import STOPWORDS, stem, words

MASK = "_"
_LONGEST_NAME = 4
"""Words of the longest sample that is looked for."""
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]{0,6}\.?"
_VALUE = re.compile(
    rf"""(?<!\w)(?:
      '[^'\n]+'(?!\w) | "[^"\n]+" | `[^`\n]+` | \u201c[^\u201d\n]+\u201d | \u2018[^\u2019\n]+\u2019(?!\w)
    | \d{{4}}-\d{{1,2}}(?:-\d{{1,2}})?(?:[T\ ]\d{{1,2}}:\d\d(?::\d\d)?)? | \d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}}
    | {_MONTH}\ \d{{1,2}}(?:st|nd|rd|th)?(?:,?\ \d{{4}})?(?!\w) | (?:\d{{1,2}}(?:st|nd|rd|th)?\ )?{_MONTH},?\ \d{{4}}(?!\w)
    | [$\u20ac\u00a3]?[-+]?\d+(?:[.,:]\d+)*(?:st|nd|rd|th|s|k|m|bn)?%?(?!\w)
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_MAY_HOLD_A_VALUE = re.compile(r"[\d'\"`]")
"""What every value of ASCII has at least one of; to look for it costs a tenth of looking for values."""
_TOKEN = re.compile(r"(?!(?<=['\u2019])s\b)[^\W_](?:[\w-]|['\u2019](?!s\b)(?=\w))*")
"""A word with its hyphens and apostrophes, but without a possessive s."""
_NUMBER_WORDS = frozenset(
    words("two three four five six seven eight nine ten eleven twelve twenty thirty fifty hundred thousand")
)


@frozen
class _Samples:
    """The catalog's text samples as word tuples, lower-cased, and the stems its own names are made of."""

    phrases: frozenset[tuple[str, ...]]
    spelled: frozenset[str]
    names: frozenset[str]


_INDEXES: OrderedDict[int, tuple["weakref.ref[Catalog]", _Samples]] = OrderedDict()
_MOST_INDEXES = 8


def mask_values(question: str, catalog: Catalog | None = None) -> str:
    """The question with numbers, dates, quoted text, names of several words and catalog samples as `_`."""
    samples = _samples_of(catalog) if catalog is not None else _NO_SAMPLES
    if not samples.phrases and _says_no_value(question):
        return question
    tokens = list(_TOKEN.finditer(question))
    masked = [found.span() for found in _VALUE.finditer(question)]
    masked += _sample_spans(tokens, samples) + _name_spans(question, tokens, samples)
    masked += [each.span() for each in tokens if each.group().lower() in _NUMBER_WORDS]
    parts: list[str] = []
    at = 0
    for start, end in sorted(masked):
        if start >= at:
            parts += (question[at:start], MASK)
        at = max(at, end)
    return "".join((*parts, question[at:]))


def _says_no_value(question: str) -> bool:
    """Whether it is plain that nothing is to be masked, as in a question that was masked before."""
    lowered = question.lower()
    # One capital letter at most, so that no two words begin with one.
    return (
        question.isascii()
        and question[1:] == lowered[1:]
        and not _MAY_HOLD_A_VALUE.search(question)
        and _NUMBER_WORDS.isdisjoint(_TOKEN.findall(lowered))
    )


def _sample_spans(tokens: list[re.Match[str]], samples: _Samples) -> list[tuple[int, int]]:
    """Runs of words that are a sample, longest first, left to right."""
    spans: list[tuple[int, int]] = []
    lowered = [token.group().lower().replace("\u2019", "'") for token in tokens]
    at = 0
    while at < len(tokens) and samples.phrases:
        for length in range(min(_LONGEST_NAME, len(tokens) - at), 0, -1):
            if _is_sample(lowered[at : at + length], tokens[at].group(), samples):
                spans.append((tokens[at].start(), tokens[at + length - 1].end()))
                at += length
                break
        else:
            at += 1
    return spans


def _is_sample(lowered: list[str], written: str, samples: _Samples) -> bool:
    if tuple(lowered) not in samples.phrases:
        return False
    if len(lowered) > 1:
        return True
    word = lowered[0]
    if len(word) <= 3:  # "in" is not Indiana, "IN" is
        return written in samples.spelled and written != word
    return word not in STOPWORDS and stem(word) not in samples.names


def _name_spans(text: str, tokens: list[re.Match[str]], samples: _Samples) -> list[tuple[int, int]]:
    """Runs of two or more capitalized words, unless the whole question is in title case or they name the schema."""
    meaning = [token.group() for token in tokens if token.group().lower() not in STOPWORDS]
    if sum(word[0].isupper() for word in meaning) > 0.7 * len(meaning) and len(meaning) > 3:
        return []
    spans: list[tuple[int, int]] = []
    run: list[re.Match[str]] = []
    for token in [*tokens, None]:
        follows = token and run and text[run[-1].end() : token.start()] in (" ", ". ")
        if token and token.group()[0].isupper() and (follows or not run):
            run.append(token)
            continue
        while run and run[0].group().lower() in STOPWORDS:
            del run[0]
        if len(run) > 1 and not all(stem(part.group().lower()) in samples.names for part in run):
            spans.append((run[0].start(), run[-1].end()))
        run = [token] if token and token.group()[0].isupper() else []
    return spans


def _samples_of(catalog: Catalog) -> _Samples:
    """The catalog's index, built once for each catalog object: `version` does not count samples."""
    known = _INDEXES.get(id(catalog))
    if known is not None and known[0]() is catalog:
        return known[1]
    phrases: set[tuple[str, ...]] = set()
    spelled: set[str] = set()
    names: set[str] = set()
    for table in catalog.tables:
        names.update(map(stem, words(table.name)))
        for column in table.columns:
            names.update(map(stem, words(column.name)))
            for sample in column.samples:
                if not isinstance(sample, str) or len(sample) > 80:
                    continue
                parts = [part.replace("\u2019", "'") for part in _TOKEN.findall(sample)]
                if 0 < len(parts) <= _LONGEST_NAME:
                    phrases.add(tuple(part.lower() for part in parts))
                    spelled.update(parts if len(parts) == 1 else ())
    samples = _Samples(frozenset(phrases), frozenset(spelled), frozenset(names))
    _INDEXES[id(catalog)] = (weakref.ref(catalog), samples)
    while len(_INDEXES) > _MOST_INDEXES:
        _INDEXES.popitem(last=False)
    return samples


_NO_SAMPLES = _Samples(frozenset(), frozenset(), frozenset())
