"""The time of a network by calendar month: what the page's slider needs to show a part of it and add it up anew."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from caselens.views._fold import Flow, Span

#: Place of what has no date: it is there at every time.
UNDATED = -1


class Months:
    """The months in which anything happened in a network, numbered from 1; 0 stands for all that came before.

    What happened on a day (a payment, a bid) sets the axis: posts held since long ago would leave the money a tenth of
    it. Where nothing did, everything that is dated sets it. An end that is not known reaches to the end of the axis;
    what has no date at all is there throughout.
    """

    def __init__(self, flows: Sequence[Flow]) -> None:
        spans = [span for flow in flows for span in flow.spans]
        every = [_number(end) for span in spans for end in (span.since, span.until) if end is not None]
        events = [_number(span.since) for span in spans if span.since is not None and span.since == span.until]
        self._first = min(events or every, default=0) - 1
        self.count = max(every) - self._first + 1 if every else 0

    @property
    def listed(self) -> dict[str, Any] | None:
        """``first`` (``2016-01``, the month called 0) and ``count``; None where there is no choice of months."""
        if self.count < 3:
            return None
        return {"first": f"{self._first // 12:04d}-{self._first % 12 + 1:02d}", "count": self.count}

    def place(self, span: Span) -> tuple[int, int]:
        """First and last month of a span, both ``UNDATED`` where it has no date."""
        if span.since is None and span.until is None:
            return UNDATED, UNDATED
        since = 0 if span.since is None else max(_number(span.since) - self._first, 0)
        until = self.count - 1 if span.until is None else max(_number(span.until) - self._first, 0)
        # A period recorded backwards is shown where it was recorded, not nowhere.
        return min(since, until), max(since, until)

    def sums(self, flow: Flow) -> list[list[float]]:
        """What the flow is made of: ``[first, last, times, amount, without amount]`` a period, in order."""
        found: dict[tuple[int, int], list[float]] = {}
        for span in flow.spans:
            entry = found.setdefault(self.place(span), [0, 0.0, 0])
            entry[0] += span.times
            if span.amount is None:
                entry[2] += span.times
            else:
                entry[1] += span.amount
        return [[*place, times, _short(total), lacking] for place, (times, total, lacking) in sorted(found.items())]

    def of_rows(self, flow: Flow, shown: int) -> list[int]:
        """Months of the first ``shown`` rows of the flow, two numbers a row, in the order of ``flow.rows``."""
        known = {span.row: self.place(span) for span in flow.spans}
        whole = known.get(None, (UNDATED, UNDATED))
        return [number for row in flow.rows[:shown] for number in known.get(row, whole)]


def _number(day: datetime.date) -> int:
    return day.year * 12 + day.month - 1


def _short(amount: float) -> float:
    """To the cent, whole sums without a point: the page is smaller by it."""
    cents = round(amount, 2)
    return int(cents) if cents == int(cents) else cents
