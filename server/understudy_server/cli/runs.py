"""Which run an exploration is: a new one, or the last one taken up where it was cut off."""

import secrets
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from attrs import asdict, evolve, field, frozen
from cattrs.errors import BaseValidationError
from cattrs.preconf.json import make_converter

from understudy_knowledge.errors import ConfigurationError
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.teaching.choices import FREE_HELP, TAU, FreeHelp, Order
from understudy_knowledge.teaching.purse import Allowance
from understudy_server.config import DistillSettings
from understudy_server.mining import Lines

Say = Callable[[str], None]


@frozen
class Wish:
    """What the command line asked for; None and empty: what the settings, or the run that goes on, say."""

    paths: tuple[str, ...] = ()
    """Relative to the project, with forward slashes; empty: all of it."""
    only: tuple[Lines, ...] = ()
    """Where the examples stand that alone are taught from; empty: all of them."""
    allowance: Allowance = field(factory=Allowance)
    turns: int | None = None
    seed: int | None = None
    resume: bool = False


@frozen
class Terms:
    """What one run holds to from its beginning to its end, however often it is cut off."""

    turns: int
    siblings: int
    allowance: Allowance
    lessons: int
    seed: int
    paths: tuple[str, ...]
    student: str
    teacher: str
    order: Order = "policy"
    rephrased: float = 0.0
    invented: float = 0.0
    reanswered: float = 0.0
    help: tuple[FreeHelp, ...] = FREE_HELP
    tau: float = TAU
    only: tuple[Lines, ...] = ()


def gone_on_with(store: KnowledgeStore, wish: Wish) -> Wish:
    """The wish with what the run that goes on was begun with, as far as it names no part of the project itself."""
    last = store.last_run() if wish.resume and not (wish.paths or wish.only) else None
    begun = _terms_from(last.settings) if last is not None and last.finished is None else None
    return evolve(wish, paths=begun.paths, only=begun.only) if begun is not None else wish


def choose_run(store: KnowledgeStore, wish: Wish, terms: Terms, say: Say) -> tuple[str, Terms]:
    """The run's id and its terms, begun in the store if it is new. Raises ConfigurationError for terms it was not begun with."""
    if wish.resume:
        found = _unfinished(store, wish, terms, say)
        if found is not None:
            return found
    stamp = datetime.now(timezone.utc).strftime("%Y%m%d-%H%M%S")
    run_id = f"{stamp}-{secrets.token_hex(2)}"
    store.start_run(run_id, asdict(terms))
    return run_id, terms


def terms_of(wish: Wish, settings: DistillSettings, *, lessons: int, student: str, teacher: str) -> Terms:
    """The terms of a new run."""
    return Terms(
        turns=wish.turns or settings.turns,
        siblings=settings.siblings,
        allowance=_widened(
            Allowance(settings.budget, settings.tokens, settings.money, settings.minutes), wish.allowance
        ),
        lessons=lessons,
        seed=wish.seed or 0,
        paths=wish.paths,
        student=student,
        teacher=teacher,
        order=settings.order,
        rephrased=settings.rephrased,
        invented=settings.invented,
        reanswered=settings.reanswered,
        help=settings.help,
        tau=settings.tau,
        only=wish.only,
    )


def last_seed(store: KnowledgeStore) -> int:
    """What chose the examples that the last run held out; 0 where there was no run."""
    last = store.last_run()
    terms = _terms_from(last.settings) if last is not None else None
    return terms.seed if terms is not None else 0


def _unfinished(store: KnowledgeStore, wish: Wish, terms: Terms, say: Say) -> tuple[str, Terms] | None:
    last = store.last_run()
    if last is None or last.finished is not None:
        say("There is no unfinished run to resume; a new one begins.")
        return None
    begun = _terms_from(last.settings)
    if begun is None:
        say(f"The run {last.id} is of another version of Understudy; a new one begins.")
        return None
    for role in ("student", "teacher"):
        if getattr(begun, role) != getattr(terms, role):
            say(
                f"The run {last.id} was begun with the {role} {getattr(begun, role)}, now it is {getattr(terms, role)}; a new one begins."
            )
            return None
    for name in ("turns", "seed", "paths", "only"):
        asked: Any = getattr(wish, name)
        if asked not in (None, ()) and asked != getattr(begun, name):
            raise ConfigurationError(
                f"the run {last.id} was begun with other {name}; leave them out to resume it, or leave out --resume to begin anew"
            )
    return last.id, evolve(begun, allowance=_widened(begun.allowance, wish.allowance))


def _widened(allowance: Allowance, wish: Allowance) -> Allowance:
    """The bounds with those that were wished for."""
    return evolve(allowance, **{name: bound for name, bound in asdict(wish).items() if bound is not None})


def _terms_from(settings: Any) -> Terms | None:
    try:
        return make_converter().structure(settings, Terms)
    except (BaseValidationError, KeyError, TypeError, ValueError):
        return None
