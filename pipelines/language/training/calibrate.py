"""Makes outputs honest: a logistic scale per head, and cuts, from rows that the network has not learnt. Pure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipelines.language.heads import Scale

Array = npt.NDArray[np.float64]


def scale_of(outputs: Array, labels: Array, hints: Array | None = None, rounds: int = 50) -> Scale:
    """The scale that makes ``outputs``, and ``hints`` beside them, the likeliest odds of the 0/1 ``labels``.

    Platt (1999), by Newton's method. Labels are drawn a little towards the middle, as Platt has it, so that a head that
    makes no mistake stays finite.
    """
    hits = labels.sum()
    if hits == 0 or hits == len(labels):
        return Scale()
    wanted = np.where(labels > 0, (hits + 1) / (hits + 2), 1 / (len(labels) - hits + 2))
    inputs = np.stack([outputs, np.ones_like(outputs), *([] if hints is None else [hints])], axis=1)
    now = np.array([1.0, *([0.0] * (inputs.shape[1] - 1))])
    for _ in range(rounds):
        odds = 1 / (1 + np.exp(-np.clip(inputs @ now, -30, 30)))
        slope = inputs.T @ (odds - wanted)
        curve = (inputs * (odds * (1 - odds))[:, None]).T @ inputs + 1e-6 * np.eye(len(now))
        step = np.linalg.solve(curve, slope)
        now = now - step * min(1.0, 2.0 / (np.abs(step).max() + 1e-9))
        if np.abs(step).max() < 1e-8:
            break
    return Scale(*(round(float(part), 4) for part in now))


def best_cut(odds: Array, labels: Array, least: float = 0.2, most: float = 0.8) -> float:
    """The cut with the best F1, to two digits; of a run of near-equal ones (within 0.005) the middle."""
    cuts = np.arange(least, most + 0.005, 0.01)
    scores = np.array([_f1(odds >= cut, labels > 0) for cut in cuts])
    good = cuts[scores >= scores.max() - 0.005]
    return round(float(np.median(good)), 2)


def _f1(given: npt.NDArray[np.bool_], wanted: npt.NDArray[np.bool_]) -> float:
    return float(2 * (given & wanted).sum() / max(1, given.sum() + wanted.sum()))
