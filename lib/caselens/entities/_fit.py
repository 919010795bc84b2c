"""What the pairs themselves say about matches: expectation–maximization, held to what is declared."""

from __future__ import annotations

import numpy as np

#: Strength of what is declared against what is counted, in rows.
PRIOR_ROWS = 1_000
#: Strength of the declared frequencies among matches, in matches.
PRIOR_MATCHES = 100


def fit(
    weights: np.ndarray, levels: list[np.ndarray], declared: list[np.ndarray], count: int
) -> tuple[float, list[np.ndarray]]:
    """The share of matches among all pairs, and how often matches reach each level, that agree with the pairs.

    Expectation–maximization of Fellegi and Sunter's model with the frequencies among strangers held fixed. The declared
    frequencies among matches count as ``PRIOR_MATCHES`` matches, and one pseudo-match stands among ``PRIOR_ROWS`` pairs:
    where the data show few matches, what is declared stays.

    Args:
        weights: of the pairs brought together, in bits, under the declared frequencies and without a prior.
        levels: for each comparison the level of each pair (-1: nothing to say).
        declared: for each comparison how often matches reach each level, from level 0 up.
        count: rows.

    Returns:
        The share, and for each comparison the frequencies found, from level 0 up. O(pairs) for each of at most 50 steps.
    """
    pairs = count * (count - 1) / 2
    share, likely = 1.0 / (count + PRIOR_ROWS), [m.copy() for m in declared]
    for _ in range(50):
        total = weights + _gain(levels, declared, likely)
        odds = share / (1 - share) * np.exp2(np.clip(total, -500.0, 500.0))
        posterior = odds / (1 + odds)
        found = min(0.5, (float(posterior.sum()) + 1.0) / (pairs + PRIOR_ROWS))
        for at, level in enumerate(levels):
            known = level >= 0
            seen = np.bincount(level[known], weights=posterior[known], minlength=len(declared[at]))
            likely[at] = (seen + PRIOR_MATCHES * declared[at]) / (seen.sum() + PRIOR_MATCHES)
        settled = abs(found - share) <= 1e-5 * share
        share = found
        if settled:
            break
    return share, likely


def _gain(levels: list[np.ndarray], declared: list[np.ndarray], likely: list[np.ndarray]) -> np.ndarray:
    """What the fitted frequencies add to each pair's weight, in bits."""
    gains = [np.append(np.log2(new / old), 0.0) for new, old in zip(likely, declared, strict=True)]
    # Level -1 takes the last entry: nothing to say adds nothing.
    return np.sum([gain[level] for gain, level in zip(gains, levels, strict=True)], axis=0)
