"""Whether the nearest case is near enough to be a lesson: a probability, and silence below a threshold."""

import logging
from collections.abc import Collection
from math import exp
from pathlib import Path

from attrs import frozen
from cattrs.errors import BaseValidationError
from cattrs.preconf.json import make_converter

from understudy_knowledge.retrieval.embedding import EMBEDDER_VERSION

_FILE = "abstention.json"
_LOG = logging.getLogger(__name__)


@frozen
class Features:
    """What abstention goes by. `similarity` is the fused score, `margin` its lead over the runner-up, both in [0, 1].

    `shared` is in [-1, 1]: how many of the tables are those of the case; 0 where the query names none.
    """

    similarity: float
    margin: float
    shared: float

    @classmethod
    def of(
        cls,
        similarity: float,
        margin: float,
        asked_tables: Collection[str],
        case_tables: Collection[str],
    ) -> "Features":
        """Of one case that was found for a query."""
        shared = 0.0
        if asked_tables and case_tables:
            asked, known = {name.lower() for name in asked_tables}, {name.lower() for name in case_tables}
            shared = 2 * len(asked & known) / min(len(asked), len(known)) - 1
        return cls(similarity, margin, shared)


@frozen
class Abstention:
    """A logistic regression over the features, and where silence begins.

    Without a run of the project's own: fitted on 11,800 queries to 60 Spider databases of `train/`, with and without a statement
    begun, where a positive is a nearest case that has the family of the query's gold, or a table of it and half of its skeleton's
    token pairs. At 0.3 4 % of questions about other databases still get a lesson, and 94 % of those with a useful case do; on 34
    databases that the weights were not fitted to, 3 % and 94 %.
    """

    bias: float = -2.6
    similarity: float = 4.5
    shared: float = 0.85
    margin: float = 3.6
    threshold: float = 0.3
    pairs: int = 0
    """Of a query and a lesson, whose outcomes it was learned from."""
    fingerprint: str = ""
    """Of those pairs."""
    embedder: int = EMBEDDER_VERSION
    """Whose similarities these are."""

    def relevance(self, features: Features) -> float:
        """A calibrated score in [0, 1]."""
        score = (
            self.bias
            + self.similarity * features.similarity
            + self.shared * features.shared
            + self.margin * features.margin
        )
        return 1 / (1 + exp(-max(min(score, 500.0), -500.0)))


@frozen
class Bin:
    """Trials whose outcome the lesson changed and whose predicted share of gains is about the same."""

    predicted: float
    measured: float
    """The share of gains."""
    trials: int
    lift: float
    """Gains minus losses, by trial."""


@frozen
class Reliability:
    """How far predictions can be trusted, made of each trial by what was learned from the others. `brier` is the mean squared
    error, `ece` the mean distance of predicted and measured by bin; `before` by the default."""

    bins: tuple[Bin, ...] = ()
    brier: float = 0.0
    ece: float = 0.0
    brier_before: float = 0.0
    ece_before: float = 0.0


@frozen
class Learned:
    """What a run taught about when to be silent."""

    abstention: Abstention
    reliability: Reliability


def learned_beside(store: Path) -> Learned | None:
    """What was learned in the folder of that store; None where nothing was, or not for this embedder."""
    try:
        learned = make_converter().loads(store.with_name(_FILE).read_text(encoding="utf-8"), Learned)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, BaseValidationError) as error:
        _LOG.info("%s is passed over: %s", store.with_name(_FILE), error)
        return None
    return learned if learned.abstention.embedder == EMBEDDER_VERSION else None


def keep_beside(store: Path, learned: Learned) -> None:
    """Keep it in the folder of that store, in place of what was learned before. Raises OSError."""
    temporary = store.with_name(f".{_FILE}.tmp")
    temporary.write_text(make_converter().dumps(learned), encoding="utf-8")
    temporary.replace(store.with_name(_FILE))
