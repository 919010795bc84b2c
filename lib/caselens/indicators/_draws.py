"""Were panels drawn at random from a pool? Simulated draws against the panels that sat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel as drawn: for every speciality, who could have been drawn and who was (places in the pool)."""

    strata: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]

    @property
    def members(self) -> tuple[int, ...]:
        """Everybody drawn."""
        return tuple(sorted(member for _, drawn in self.strata for member in drawn))


@dataclass(frozen=True, slots=True)
class Draw:
    """What simulation says of a row of panels.

    Attributes:
        overlap: mean Jaccard similarity of each panel with the one before.
        most: on how many panels the most frequent member sat.
        pair: on how many panels the most frequent pair sat together.
        expected_overlap: the mean overlap of simulated draws.
        p_value: chance of a statistic at least as large under uniform draws.
    """

    overlap: float
    most: int
    pair: int
    expected_overlap: float
    p_value: float


def judge(panels: Sequence[Panel], pool: int, rng: np.random.Generator, draws: int, pilot: int = 400) -> Draw:
    """Compare ``panels`` (in order of time) with uniform draws without replacement of the same sizes.

    Three statistics, mean overlap of successive panels, most seats of one member, and of one pair, are each put on
    the scale of a pilot simulation (mean and spread), and the largest of the three counts; so one p-value covers
    all. Sequential Monte Carlo (Besag and Clifford 1991): simulation stops at 20 draws at least as extreme, or at
    ``draws``; the smallest p is 1 / (``draws`` + 1).
    """
    seen = _observed(panels)
    first = _simulated(panels, pool, rng, pilot)
    centre, spread = first.mean(axis=0), np.maximum(first.std(axis=0), 1e-9)
    mark = float(((seen - centre) / spread).max())
    done, beyond = 0, 0
    while done < draws and beyond < 20:
        batch = min(max(200, done), draws - done)
        found = ((_simulated(panels, pool, rng, batch) - centre) / spread).max(axis=1) >= mark - 1e-9
        if beyond + int(found.sum()) >= 20:
            stop = int(np.flatnonzero(found)[20 - beyond - 1]) + 1
            return _told(seen, centre, 20 / (done + stop))
        done, beyond = done + batch, beyond + int(found.sum())
    return _told(seen, centre, (beyond + 1) / (done + 1))


def _told(seen: np.ndarray, centre: np.ndarray, p_value: float) -> Draw:
    return Draw(float(seen[0]), int(seen[1]), int(seen[2]), float(centre[0]), min(p_value, 1.0))


def _observed(panels: Sequence[Panel]) -> np.ndarray:
    members = [panel.members for panel in panels]
    sat = Counter(member for panel in members for member in panel)
    pairs = Counter(pair for panel in members for pair in combinations(panel, 2))
    overlaps = [len({*a} & {*b}) / len({*a} | {*b}) for a, b in pairwise(members)]
    return np.array([np.mean(overlaps), max(sat.values()), max(pairs.values(), default=0)], dtype=float)


def _simulated(panels: Sequence[Panel], pool: int, rng: np.random.Generator, draws: int) -> np.ndarray:
    """The three statistics of ``draws`` simulated histories: an array (draws, 3)."""
    seats = np.zeros((draws, pool), dtype=np.int32)
    rows = np.arange(draws)[:, None]
    pair_keys, overlap = [], np.zeros(draws)
    before: np.ndarray | None = None
    for panel in panels:
        drawn = np.sort(
            np.concatenate([_draw(rng, free, len(taken), draws) for free, taken in panel.strata], axis=1), axis=1
        )
        seats[rows, drawn] += 1  # the members of one panel differ, so no place is named twice
        left, right = np.triu_indices(drawn.shape[1], 1)
        pair_keys.append(drawn[:, left] * pool + drawn[:, right])
        if before is not None:
            common = (before[:, :, None] == drawn[:, None, :]).sum(axis=(1, 2))
            overlap += common / (before.shape[1] + drawn.shape[1] - common)
        before = drawn
    keys = np.sort(np.concatenate(pair_keys, axis=1), axis=1)
    return np.stack([overlap / (len(panels) - 1), seats.max(axis=1), _longest_run(keys)], axis=1)


def _draw(rng: np.random.Generator, free: tuple[int, ...], count: int, draws: int) -> np.ndarray:
    """``count`` different members of ``free``, ``draws`` times (Floyd's sampling, so that large pools cost nothing)."""
    size = len(free)
    chosen = np.empty((draws, count), dtype=np.int64)
    for place in range(count):
        last = size - count + place
        pick = rng.integers(0, last + 1, draws)
        again = (chosen[:, :place] == pick[:, None]).any(axis=1)
        chosen[:, place] = np.where(again, last, pick)
    return np.asarray(free, dtype=np.int64)[chosen]


def _longest_run(keys: np.ndarray) -> np.ndarray:
    """Length of the longest run of equal values in every sorted row; 0 where a row is empty."""
    if not keys.shape[1]:
        return np.zeros(len(keys))
    run, best = np.ones(len(keys)), np.ones(len(keys))
    for place in range(1, keys.shape[1]):
        run = np.where(keys[:, place] == keys[:, place - 1], run + 1, 1)
        best = np.maximum(best, run)
    return best
