"""What retrieval is asked, and the terms that questions, statements and cases are compared by. Knows no index."""

from functools import lru_cache
from itertools import chain, pairwise

from attrs import frozen

from understudy_knowledge.memory.masking import mask_values
from understudy_knowledge.memory.tokens import masked_tokens
from understudy_knowledge.memory.words import stems


@frozen
class RetrievalQuery:
    """What is known at the cursor. `question` best comes from `mask_values` with the catalog; numbers go in any case.

    `skeleton` is of the statement so far, empty without one; `tables` are those it touches or may touch, `columns` those
    that are visible there: bare names, or `table.column`. Of a case they are what its code touches.
    """

    question: str
    skeleton: str = ""
    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


@frozen
class Terms:
    """The terms of a query or case: `words` of the question, `grams` (parts of words), `structure` of the statement.

    `columns` are compared by the symbol leg alone.
    """

    words: tuple[str, ...]
    grams: tuple[str, ...]
    structure: tuple[str, ...]
    columns: tuple[str, ...] = ()

    @property
    def indexed(self) -> tuple[str, ...]:
        """The terms that document frequencies are kept of; grams are too many, and say little by being rare."""
        return self.words + self.structure


@lru_cache(maxsize=4096)
def terms_of(query: RetrievalQuery) -> Terms:
    """Stemmed words and pairs of the question, 4-grams of its words, tokens and pairs of the skeleton, tables, columns.

    The first letter of a term says what it is: w word, p pair of words, s skeleton token, q pair of those, t table, c column.
    """
    stemmed = stems(mask_values(query.question))
    return Terms(
        words=(*["w" + word for word in stemmed], *_pairs("p", stemmed)),
        grams=tuple(chain.from_iterable(map(_grams, stemmed))),
        structure=(*statement_terms(query.skeleton), *["t" + table.lower() for table in query.tables]),
        columns=tuple(
            dict.fromkeys(
                ["c" + column.rpartition(".")[2].lower() for column in query.columns[:_MOST_COLUMNS]]
            )
        ),
    )


_MOST_COLUMNS = 256
"""A statement over tables with more sees the first of them: a keystroke is not to wait for a wide table."""


@lru_cache(maxsize=4096)
def statement_terms(skeleton: str) -> tuple[str, ...]:
    """The tokens and pairs of a skeleton; many cases have the same."""
    tokens = masked_tokens(skeleton, keep_names=True).split()
    return (*["s" + token for token in tokens if token.isalpha()], *_pairs("q", tokens))


def _pairs(kind: str, items: list[str]) -> list[str]:
    return [f"{kind}{one} {other}" for one, other in pairwise(items)]


@lru_cache(maxsize=65536)
def _grams(word: str) -> tuple[str, ...]:
    padded = f"^{word}$"
    return tuple([padded[at : at + 4] for at in range(len(padded) - 3)])
