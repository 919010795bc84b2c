"""Compiled: temporal cycles that a payment closes. Which accounts can lie on one is settled before any is followed."""

from __future__ import annotations

import numpy as np
from numba import njit

from ._kernels_motifs import _from

_NONE = np.iinfo(np.int64).min
_NEVER = np.iinfo(np.int64).max


@njit(cache=True, nogil=True, inline="always")
def _push(keys: np.ndarray, values: np.ndarray, n: int, key: int, value: int) -> int:
    """Add to a binary heap, the smallest key first; its new size."""
    at = n
    while at > 0 and keys[(at - 1) // 2] > key:
        keys[at], values[at] = keys[(at - 1) // 2], values[(at - 1) // 2]
        at = (at - 1) // 2
    keys[at], values[at] = key, value
    return n + 1


@njit(cache=True, nogil=True, inline="always")
def _pop(keys: np.ndarray, values: np.ndarray, n: int) -> int:
    """Remove the first of a binary heap; its new size."""
    n -= 1
    key, value = keys[n], values[n]
    at, child = 0, 1
    while child < n:
        if child + 1 < n and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[at], values[at] = keys[child], values[child]
        at, child = child, 2 * child + 1
    keys[at], values[at] = key, value
    return n


@njit(cache=True, nogil=True)
def _arrivals(
    source: int, sink: int, since: int, until: int, off: np.ndarray, party: np.ndarray, time: np.ndarray,
    earliest: np.ndarray, reached: np.ndarray, keys: np.ndarray, values: np.ndarray,
) -> int:  # fmt: skip
    """Earliest arrivals from ``source`` by payments of ``since`` to ``until``, each later than the one before.

    ``reached`` gets the accounts, how many are returned; nothing is followed beyond ``sink`` or through ``source`` again.
    """
    earliest[source], reached[0] = since - 1, source
    n, size = 1, _push(keys, values, 0, since - 1, source)
    while size > 0:
        moment, here = keys[0], values[0]
        size = _pop(keys, values, size)
        if moment > earliest[here] or here == sink:
            continue
        for k in range(_from(time, off[here], off[here + 1], moment + 1), off[here + 1]):
            if time[k] > until:
                break
            to = party[k]
            if time[k] < earliest[to]:
                if earliest[to] == _NEVER:
                    reached[n] = to
                    n += 1
                earliest[to] = time[k]
                size = _push(keys, values, size, time[k], to)
    return n


@njit(cache=True, nogil=True)
def _departures(
    size: int, origin: int, since: int, need: np.ndarray, is_bound: bool, n: int, off: np.ndarray, party: np.ndarray,
    time: np.ndarray, before: int, latest: np.ndarray, reached: np.ndarray, keys: np.ndarray, values: np.ndarray,
) -> int:  # fmt: skip
    """Latest departures towards what the heap holds (keys: minus the latest departure), by payments from ``since`` on.

    Only payments before ``before`` count; with ``is_bound`` only those of payers that the money can have reached by then (``need``:
    earliest arrivals). ``reached`` is continued from ``n``; nothing is followed behind ``origin``.
    """
    while size > 0:
        moment, here = -keys[0], values[0]
        size = _pop(keys, values, size)
        if moment < latest[here] or here == origin:
            continue
        last = _from(time, off[here], off[here + 1], min(moment, before))
        for k in range(last - 1, off[here] - 1, -1):
            if time[k] < since:
                break
            to = party[k]
            if time[k] <= latest[to] or (is_bound and need[to] >= time[k]):
                continue
            if latest[to] == _NONE:
                reached[n] = to
                n += 1
            latest[to] = time[k]
            size = _push(keys, values, size, -time[k], to)
    return n


@njit(cache=True, nogil=True)
def _steps(
    here: int, after: int, t: int, end: int, used: int, off: np.ndarray, party: np.ndarray, time: np.ndarray,
    before: np.ndarray, latest: np.ndarray, step_to: np.ndarray, step_time: np.ndarray, step_before: np.ndarray,
) -> int:  # fmt: skip
    """Copy the payments of ``here`` later than ``after`` from which the end can be reached to place ``used`` and on.

    With each stands when the same payee was paid before. Returns the place behind the last.
    """
    for k in range(_from(time, off[here], off[here + 1], after + 1), off[here + 1]):
        if time[k] >= t:
            break
        if party[k] == end or latest[party[k]] > time[k]:
            step_to[used], step_time[used] = party[k], time[k]
            step_before[used] = time[before[k]] if before[k] >= 0 else _NONE
            used += 1
    return used


@njit(cache=True, nogil=True)
def _count(
    home: int, end: int, since: int, middle: int, t: int, off: np.ndarray, party: np.ndarray, time: np.ndarray,
    before: np.ndarray, earliest: np.ndarray, latest: np.ndarray, on_way: np.ndarray, lists: np.ndarray,
    steps: np.ndarray, longest: int, result: np.ndarray,
) -> None:  # fmt: skip
    """Follow every way from ``home`` to ``end`` that visits no account twice; ways through the same accounts are one.

    An account's payments that lead on are copied when it is first met: a hub is not read through each time.
    """
    begins, ends, way, place, met = lists[2], lists[3], lists[4], lists[5], lists[6]
    step_to, step_time, step_before = steps[0], steps[1], steps[2]
    bins, depth, used, n_met = result.size, 0, 0, 1
    way[0], met[0], on_way[home] = home, home, True
    used = _steps(home, since - 1, t, end, 0, off, party, time, before, latest, step_to, step_time, step_before)
    begins[home], ends[home], place[0] = 0, used, 0
    arrived = since - 1
    arrivals = lists[7]
    arrivals[0] = arrived
    while depth >= 0:
        here, k = way[depth], place[depth]
        if k >= ends[here]:
            on_way[here] = False
            depth -= 1
            continue
        place[depth] = k + 1
        to = step_to[k]
        # A later payment to the same account leads nowhere else.
        if step_before[k] > arrivals[depth] or on_way[to]:
            continue
        if to == end:
            result[min(depth, bins - 1)] += 1
        elif depth + 3 <= longest:
            moment = step_time[k]
            if begins[to] < 0:
                met[n_met] = to
                n_met += 1
                begins[to] = used
                after = earliest[to] if earliest[to] != _NEVER else middle
                used = _steps(
                    to, after, t, end, used, off, party, time, before, latest, step_to, step_time, step_before
                )
                ends[to] = used
            depth += 1
            way[depth], on_way[to], arrivals[depth] = to, True, moment
            place[depth] = _from(step_time, begins[to], ends[to], moment + 1)
    for k in range(n_met):
        begins[met[k]] = -1


@njit(cache=True, nogil=True)
def returns(
    first: int, last: int, payer: np.ndarray, payee: np.ndarray, when: np.ndarray,
    out_off: np.ndarray, out_party: np.ndarray, out_time: np.ndarray, out_before: np.ndarray,
    in_off: np.ndarray, in_party: np.ndarray, in_time: np.ndarray, window: int, longest: int,
    earliest: np.ndarray, latest: np.ndarray, on_way: np.ndarray, lists: np.ndarray, steps: np.ndarray,
    result: np.ndarray,
) -> None:  # fmt: skip
    """Temporal cycles that each of the payments ``first:last`` (in order of time) closes, by length.

    A cycle is a sequence of different accounts; payments on it are each later than the one before, none older than ``window``.
    Several payments between the same two accounts make no further cycle. Column c counts those of c + 2 payments, the
    last column longer ones as well. Money is followed from both ends to the middle of the time between them, and only
    accounts on both sides are followed to the end.

    ``earliest`` (largest integer throughout), ``latest`` (smallest), ``on_way`` (false): one an account, left as they
    were. ``lists``: eight rows of the number of accounts + 2, all -1. ``steps``: three rows of the number of payments and
    accounts + 2.
    """
    reached, sought = lists[0], lists[1]
    keys, values = steps[0], steps[1]
    for at in range(first, last):
        u, v, t = payer[at], payee[at], when[at]
        if u == v:
            continue
        begin = _from(out_time, out_off[v], out_off[v + 1], t - window)
        end = _from(in_time, in_off[u], in_off[u + 1], t)
        if begin >= out_off[v + 1] or end <= in_off[u] or out_time[begin] > in_time[end - 1]:
            continue
        since, until = out_time[begin], in_time[end - 1]
        middle = (since + until) // 2
        n = _arrivals(v, u, since, middle, out_off, out_party, out_time, earliest, reached, keys, values)
        latest[u], sought[0] = t, u
        size = _push(keys, values, 0, -t, u)
        m = _departures(
            size, v, middle + 1, earliest, False, 1, in_off, in_party, in_time, t, latest, sought, keys, values
        )
        size = 0
        for k in range(n):
            if latest[reached[k]] != _NONE:
                size = _push(keys, values, size, -latest[reached[k]], reached[k])
        if size > 0:
            m = _departures(
                size, v, since, earliest, True, m, in_off, in_party, in_time, middle + 1, latest, sought, keys, values
            )
            _count(
                v, u, since, middle, t, out_off, out_party, out_time, out_before, earliest, latest, on_way, lists, steps,
                longest, result[at - first],
            )  # fmt: skip
        for k in range(n):
            earliest[reached[k]] = _NEVER
        for k in range(m):
            latest[sought[k]] = _NONE
