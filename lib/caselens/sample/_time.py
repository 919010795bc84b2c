"""Days and moments of the invented decade: 2016-01-01 to 2026-06-30."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache

import numpy as np
from lunardate import LunarDate
from numpy.random import Generator

from caselens.sample._city import Array

FIRST = date(2016, 1, 1)
LAST = date(2026, 6, 30)
DAYS = (LAST - FIRST).days + 1
ORIGIN = np.datetime64(FIRST, "D")


def day(number: Array | int) -> Array:
    """``datetime64[D]`` of day ``number`` counted from ``FIRST``."""
    return ORIGIN + np.asarray(number).astype("timedelta64[D]")


def moments(rng: Generator, days: Array, early: float = 8, late: float = 22) -> Array:
    """``datetime64[s]`` on ``days`` (numbers), at an hour between ``early`` and ``late``, to the second."""
    seconds = rng.triangular(early * 3600, (early + late) * 1800, late * 3600, len(days)).astype(np.int64)
    return day(days).astype("datetime64[s]") + seconds.astype("timedelta64[s]")


def moment(rng: Generator, when: date, early: float = 8, late: float = 22) -> datetime:
    """One moment on ``when``."""
    seconds = int(rng.triangular(early * 3600, (early + late) * 1800, late * 3600))
    return datetime(when.year, when.month, when.day) + timedelta(seconds=seconds)


def some_day(rng: Generator, first: date = FIRST, last: date = LAST) -> date:
    """A day from ``first`` to ``last``, both included."""
    return first + timedelta(days=int(rng.integers((last - first).days + 1)))


def workday(when: date) -> date:
    """``when``, or the Monday after a weekend."""
    return when + timedelta(days=(7 - when.weekday()) if when.weekday() >= 5 else 0)


@cache
def festivals() -> tuple[int, ...]:
    """Day numbers of Spring Festival's eve and first day, Dragon Boat and Mid-Autumn of each year."""
    found: list[int] = []
    for year in range(FIRST.year, LAST.year + 1):
        for month, number, shift in ((1, 1, -1), (1, 1, 0), (5, 5, 0), (8, 15, 0)):
            solar = LunarDate(year, month, number).to_solar_date() + timedelta(days=shift)
            if FIRST <= solar <= LAST:
                found.append((solar - FIRST).days)
    return tuple(found)


def within(when: date) -> date:
    """``when``, or the first or last day that the data cover."""
    return min(max(when, FIRST), LAST)
