"""How near days lie to other days, and how near they would lie if the whole rhythm were shifted."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import numpy as np
from lunardate import LunarDate

#: Days before and after a festival in which a present is a present of the season.
BEFORE, AFTER = 15, 5


def distances(days: np.ndarray, marks: np.ndarray) -> np.ndarray:
    """Days from each of ``days`` (any shape) to the nearest of ``marks`` (sorted, not empty). O(n log m)."""
    place = np.searchsorted(marks, days)
    below = marks[np.clip(place - 1, 0, len(marks) - 1)]
    above = marks[np.clip(place, 0, len(marks) - 1)]
    return np.minimum(np.abs(days - below), np.abs(days - above))


def shift_p(days: np.ndarray, marks: np.ndarray, least_shift: int) -> tuple[float, float] | None:
    """P(the mean distance of ``days`` to ``marks`` is no larger) over circular shifts: the long ones, and all.

    The days turn together round a circle, so their own rhythm stays: the span that days and marks cover and half a mean
    gap, lest its ends meet. Exact: every shift by whole days is taken, and the observed order counts as one. Short
    shifts lie near the observed order; without them 0.01 comes out in some 4 % of unrelated pairs, so the first is a
    threshold and only the second a p-value (uniform). ``None`` where no shift is left.

    Args:
        days: sorted numbers of days.
        marks: likewise.
        least_shift: days from which on a shift is long.

    Complexity: days x shifts x log marks.
    """
    first = int(min(days.min(), marks.min()))
    hull = int(max(days.max(), marks.max())) - first + 1
    span = hull + round(0.5 * hull / max(len(days) + len(marks) - 1, 1))
    if span < 2 * least_shift + 1:
        return None
    ring = np.concatenate([marks - first - span, marks - first, marks - first + span])
    observed = float(distances(days - first, ring).mean()) + 1e-9
    shifts = np.arange(1, span)
    reached = [
        distances((days[None, :] - first + some[:, None]) % span, ring).mean(axis=1) <= observed
        for some in np.array_split(shifts, max(1, span * len(days) // 2_000_000))
    ]
    near = np.concatenate(reached)
    far = (shifts >= least_shift) & (shifts <= span - least_shift)
    return (int(near[far].sum()) + 1) / (int(far.sum()) + 1), (int(near.sum()) + 1) / span


def season_p(days: np.ndarray, marks: np.ndarray, rng: np.random.Generator, draws: int) -> float | None:
    """The same where each day keeps its place in the year and gets another year of the span by lot.

    Yearly rhythm and festivals stay, the nearness to this year's marks does not. ``None`` for spans up to four years.
    """
    first, last = min(days.min(), marks.min()), max(days.max(), marks.max())
    years = int((last - first) // 365.25) + 1
    if last - first <= 4 * 365.25:
        return None
    observed = float(distances(days, marks).mean())
    moved = days[None, :] + np.round(rng.integers(-years, years + 1, (draws, len(days))) * 365.25).astype(np.int64)
    # A day that falls outside the span turns round by whole years until it is inside.
    lap = int(round(years * 365.25))
    moved = (moved - first) % lap + first
    reached = int((distances(moved, marks).mean(axis=1) <= observed + 1e-9).sum())
    return (reached + 1) / (draws + 1)


@cache
def _festivals(year: int) -> tuple[date, ...]:
    """Spring Festival, Dragon Boat and Mid-Autumn of a year."""
    return tuple(LunarDate(year, month, day).to_solar_date() for month, day in ((1, 1), (5, 5), (8, 15)))


def is_festive(on: date) -> bool:
    """Whether a day lies from 15 days before to 5 days after one of the festivals."""
    near = (feast for year in (on.year, on.year + 1) for feast in _festivals(year))
    return any(feast - timedelta(days=BEFORE) <= on <= feast + timedelta(days=AFTER) for feast in near)
