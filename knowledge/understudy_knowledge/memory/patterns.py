"""What two questions over different databases can share: the question without its values and without the schema's words."""

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.masking import MASK, mask_values
from understudy_knowledge.memory.words import STOPWORDS, stem, words

_SHAPE = frozenset(
    "number total average count first last next previous most least year date time rank order top new".split()
)
"""Words that schemas use and that also say what shape an answer has: they stay."""


def pattern(question: str, catalog: Catalog) -> str:
    """The question's words with `_` for values and for names of the catalog; runs of `_` are one."""
    names = frozenset(
        stem(word)
        for table in catalog.tables
        for name in (table.name, *(column.name for column in table.columns))
        for word in words(name)
    )
    found: list[str] = []
    for word in mask_values(question, catalog).split():
        plain = "".join(words(word))
        masked = word.startswith(MASK) or (
            stem(plain) in names and plain not in STOPWORDS and plain not in _SHAPE
        )
        if not masked:
            found.append(word)
        elif found[-1:] != [MASK]:
            found.append(MASK)
    return " ".join(found)
