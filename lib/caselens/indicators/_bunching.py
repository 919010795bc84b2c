"""More values just below a line than a smooth density explains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

#: The fit uses values from half to twice the line, in bins of a twentieth of it.
_LOW, _HIGH, _STEP = 0.5, 2.0, 0.05
#: The window that is judged, as multiples of the line.
_BELOW, _ABOVE = 0.9, 1.1


@dataclass(frozen=True, slots=True)
class Bunching:
    """Counts below and above the line inside the window, and how unlikely they are.

    Attributes:
        below, above: how many values lie in [0.9 T, T) and in [T, 1.1 T); round sums are not among them.
        outside: how many values the density was fitted to.
        rounds: how many round sums inside the window were left out.
        share: the part of the window that the density expects below the line; never taken as less than a half.
        p_value: P(at least ``below`` of ``below + above``) under that share.
    """

    below: int
    above: int
    outside: int
    rounds: int
    share: float
    p_value: float


def bunching(values: np.ndarray, line: int, round_to: int, min_outside: int) -> Bunching | None:
    """Test ``values`` (integers, in the unit of ``line``) for bunching; ``None`` where too few lie outside the window.

    The counterfactual is a power law, fitted by Poisson regression of bin counts on the log of the bin's middle over
    [0.5 T, 2 T) without [0.9 T, 1.1 T). Source: the bunching estimator of Saez (2010) and Chetty et al. (2011), with a
    binomial test in place of the bootstrap because counts here are small.
    """
    is_round = values % round_to == 0 if round_to > 0 else np.zeros(len(values), dtype=bool)
    ratio = values / line
    in_window = (ratio >= _BELOW) & (ratio < _ABOVE)
    smooth = ratio[~is_round]
    below = int(((smooth >= _BELOW) & (smooth < 1)).sum())
    above = int(((smooth >= 1) & (smooth < _ABOVE)).sum())
    edges = np.round(np.arange(_LOW, _HIGH + _STEP / 2, _STEP), 10)
    counts, _ = np.histogram(smooth, edges)
    middle = (edges[:-1] + edges[1:]) / 2
    fit = (middle < _BELOW) | (middle > _ABOVE)
    outside = int(counts[fit].sum())
    if outside < min_outside:
        return None
    power = _power(np.log(middle[fit]), counts[fit])
    share = max(_integral(power, _BELOW, 1.0) / _integral(power, _BELOW, _ABOVE), 0.5)
    p_value = float(binom.sf(below - 1, below + above, share)) if below else 1.0
    return Bunching(below, above, outside, int((is_round & in_window).sum()), share, p_value)


def _power(x: np.ndarray, counts: np.ndarray) -> float:
    """Slope of a Poisson regression of ``counts`` on ``x`` (with intercept), by Newton's method."""
    beta = np.array([np.log(max(counts.mean(), 1e-9)), 0.0])
    design = np.column_stack([np.ones_like(x), x])
    for _ in range(50):
        mean = np.exp(np.clip(design @ beta, -30, 30))
        hessian = design.T @ (design * mean[:, None]) + 1e-9 * np.eye(2)
        step = np.linalg.solve(hessian, design.T @ (counts - mean))
        beta = beta + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-10:
            break
    return float(np.clip(beta[1], -20, 20))


def _integral(power: float, low: float, high: float) -> float:
    """Integral of x to the ``power`` from ``low`` to ``high``."""
    if abs(power + 1) < 1e-9:
        return float(np.log(high / low))
    return float((high ** (power + 1) - low ** (power + 1)) / (power + 1))
