"""Learning when to be silent: a few trials of the project's own move the default as far as they bear it out.

Logistic regression with a Gaussian prior around the default's weights (MAP). A trial that a lesson did not change says nothing about
whether lessons help or harm, so the model is of gains among changes: above one half the expected lift is positive.
"""

from collections.abc import Sequence
from hashlib import blake2b
from math import log

import numpy as np
from attrs import astuple, evolve, frozen
from numpy.typing import NDArray

from understudy_knowledge.retrieval.abstention import Abstention, Bin, Features, Learned, Reliability

_FEWEST = 8
"""Changed trials from which on something is learned."""
_PRIOR_WEIGHT = 1.0
"""Inverse variance of each weight around the default's."""
_FOLDS = 5
_BINS = 5
_STEPS = 50

_Array = NDArray[np.float64]


@frozen
class Trial:
    """A query of which the gold is known, and its likeliest case; `gain` is 1 where only the lesson made the student right,
    -1 where only without it it was, else 0."""

    features: Features
    gain: int


def learn(trials: Sequence[Trial], default: Abstention | None = None) -> Learned | None:
    """What the trials teach, the same in whatever order they come; None while too few of them changed anything."""
    ordered = sorted(trials, key=astuple)
    if sum(trial.gain != 0 for trial in ordered) < _FEWEST:
        return None
    prior = _centered(default or Abstention())
    return Learned(_fitted(ordered, prior), _reliability(ordered, prior))


def _centered(abstention: Abstention) -> Abstention:
    """The same decisions with the threshold at one half."""
    shift = log(abstention.threshold / (1 - abstention.threshold))
    return evolve(abstention, bias=abstention.bias - shift, threshold=0.5)


def _fitted(trials: Sequence[Trial], prior: Abstention) -> Abstention:
    changed = [trial for trial in trials if trial.gain]
    known = np.array([_row(trial.features) for trial in changed]).reshape(len(changed), 4)
    gained = np.array([trial.gain > 0 for trial in changed], dtype=np.float64)
    start = np.array([prior.bias, prior.similarity, prior.shared, prior.margin])

    def loss(weights: _Array) -> float:
        scores = known @ weights
        fit = np.logaddexp(0, scores) - gained * scores
        return float(fit.sum() + _PRIOR_WEIGHT / 2 * ((weights - start) ** 2).sum())

    weights = start
    for _ in range(_STEPS):
        share = 1 / (1 + np.exp(-known @ weights))
        slope = known.T @ (share - gained) + _PRIOR_WEIGHT * (weights - start)
        bend = (known.T * (share * (1 - share))) @ known + _PRIOR_WEIGHT * np.eye(4)
        step = np.linalg.solve(bend, slope)
        # Newton's method may step too far where the data are far from the prior.
        while loss(weights - step) > loss(weights) and np.abs(step).max() > 1e-9:
            step = step / 2
        weights = weights - step
        if np.abs(step).max() < 1e-9:
            break
    bias, similarity, shared, margin = (float(weight) for weight in weights)
    return evolve(
        prior,
        bias=bias,
        similarity=similarity,
        shared=shared,
        margin=margin,
        pairs=len(trials),
        fingerprint=blake2b(repr([astuple(trial) for trial in trials]).encode(), digest_size=12).hexdigest(),
    )


def _reliability(trials: Sequence[Trial], prior: Abstention) -> Reliability:
    """Each trial by what the other folds teach."""
    predicted = np.zeros(len(trials))
    for fold in range(_FOLDS):
        others = [trial for at, trial in enumerate(trials) if at % _FOLDS != fold]
        fitted = _fitted(others, prior)
        for at in range(fold, len(trials), _FOLDS):
            predicted[at] = fitted.relevance(trials[at].features)
    bins, brier, ece = _held_against(trials, predicted)
    _, brier_before, ece_before = _held_against(
        trials, np.array([prior.relevance(trial.features) for trial in trials])
    )
    return Reliability(bins, brier, ece, brier_before, ece_before)


def _held_against(trials: Sequence[Trial], predicted: _Array) -> tuple[tuple[Bin, ...], float, float]:
    """Bins of equal width that hold a trial, the Brier score and the expected calibration error."""
    gains = np.array([trial.gain for trial in trials])
    changed = gains != 0
    of_bin = np.minimum((predicted * _BINS).astype(int), _BINS - 1)
    bins = []
    error = 0.0
    for number in range(_BINS):
        here = of_bin == number
        if not here.any():
            continue
        some = here & changed
        measured = float((gains[some] > 0).mean()) if some.any() else 0.5
        bins.append(
            Bin(
                float(predicted[here].mean()),
                measured,
                int(some.sum()),
                int(here.sum()),
                float(gains[here].mean()),
            )
        )
        if some.any():
            error += some.sum() * abs(float(predicted[some].mean()) - measured)
    brier = float(((predicted[changed] - (gains[changed] > 0)) ** 2).mean())
    return tuple(bins), brier, error / int(changed.sum())


def _row(features: Features) -> tuple[float, float, float, float]:
    return 1.0, features.similarity, features.shared, features.margin
