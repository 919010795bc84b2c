"""Compiled search for fans: many counterparties of one account in a window of time, or within a band of amounts."""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from ._kernels_chains import at_least, at_most

_BUSY = 5_000  # a counterparty with more payments has every habit: its payments surprise nobody


@njit(cache=True, nogil=True)
def _local(party: np.ndarray) -> tuple[np.ndarray, int]:
    """Number the counterparties of one account from 0, so that counting them needs no table of all accounts."""
    order = np.argsort(party, kind="mergesort")
    numbers = np.empty(party.size, np.int64)
    n = -1
    for k in range(order.size):
        if k == 0 or party[order[k]] != party[order[k - 1]]:
            n += 1
        numbers[order[k]] = n
    return numbers, n + 1


@njit(cache=True, nogil=True)
def _widest(keep: np.ndarray, number: np.ndarray, n: int, time: np.ndarray, window: int) -> tuple[int, int, int]:
    """First window of time with the most distinct counterparties: how many, first entry, last entry."""
    seen = np.zeros(n, np.int64)
    distinct, best, best_first, best_last, first = 0, 0, 0, -1, 0
    for last in range(time.size):
        if not keep[last]:
            continue
        if seen[number[last]] == 0:
            distinct += 1
        seen[number[last]] += 1
        while time[last] - time[first] > window or not keep[first]:
            if keep[first]:
                seen[number[first]] -= 1
                if seen[number[first]] == 0:
                    distinct -= 1
            first += 1
        if distinct > best:
            best, best_first, best_last = distinct, first, last
    return best, best_first, best_last


@njit(cache=True, nogil=True, parallel=True)
def widest_fans(
    offsets: np.ndarray, party: np.ndarray, time: np.ndarray, skip: np.ndarray, window: int, least: int
) -> np.ndarray:
    """For every account: most distinct counterparties in one window, first and last entry (positions), or zeros."""
    found = np.zeros((offsets.size - 1, 3), np.int64)
    for a in prange(offsets.size - 1):
        first, last = offsets[a], offsets[a + 1]
        if skip[a] or last - first < least:
            continue
        keep = party[first:last] != a
        number, n = _local(party[first:last])
        if n < least:
            continue
        best, begin, end = _widest(keep, number, n, time[first:last], window)
        if best >= least:
            found[a, 0], found[a, 1], found[a, 2] = best, first + begin, first + end
    return found


@njit(cache=True, nogil=True, parallel=True)
def first_of_kind(offsets: np.ndarray, party: np.ndarray, amount: np.ndarray) -> np.ndarray:
    """Which entries are the first of their counterparty and amount: a standing order counts once. Self-payments never."""
    keep = np.zeros(party.size, np.bool_)
    for a in prange(offsets.size - 1):
        first, last = offsets[a], offsets[a + 1]
        order = np.argsort(amount[first:last], kind="mergesort")
        order = order[np.argsort(party[first:last][order], kind="mergesort")]
        for k in range(order.size):
            here = first + order[k]
            before = first + order[k - 1] if k > 0 else here
            if party[here] != a and (k == 0 or party[here] != party[before] or amount[here] != amount[before]):
                keep[here] = True
    return keep


@njit(cache=True, nogil=True)
def _habit(
    party: int, but: int, low: int, high: int, share: float, weight: float,
    offsets: np.ndarray, other: np.ndarray, amount: np.ndarray,
) -> float:  # fmt: skip
    """How likely a payment of ``party`` lies in the band, by its payments with others than ``but``.

    The city's ``share`` counts like ``weight`` payments of its own.
    """
    first, last = offsets[party], offsets[party + 1]
    if last - first > _BUSY:
        return 1.0
    inside, total = 0, 0
    for k in range(first, last):
        if other[k] != but and other[k] != party:
            total += 1
            inside += low <= amount[k] <= high
    return (inside + weight * share) / (total + weight)


@njit(cache=True, nogil=True)
def _surprise(
    account: int, who: np.ndarray, number: np.ndarray, times: np.ndarray, low: int, high: int, share: float,
    weight: float, offsets: np.ndarray, other: np.ndarray, amount: np.ndarray,
) -> float:  # fmt: skip
    """-log of the chance that so many of an account's counterparties come into the band at least once.

    ``who`` and ``number`` are those inside it (with repeats), ``times`` how often each comes at all. The band begins at
    one of them, so one of them is no coincidence; which ones they are is not told beforehand.
    """
    counted = np.zeros(times.size, np.bool_)
    total, largest, k = 0.0, 0.0, 0
    for j in range(who.size):
        if counted[number[j]]:
            continue
        counted[number[j]] = True
        k += 1
        once = min(1.0, _habit(who[j], account, low, high, share, weight, offsets, other, amount))
        value = -np.log(-np.expm1(times[number[j]] * np.log1p(-once))) if once < 1.0 else 0.0
        total += value
        largest = max(largest, value)
    n = times.size
    ways = math.lgamma(n + 1.0) - math.lgamma(k + 1.0) - math.lgamma(n - k + 1.0)
    return total - largest - ways - np.log(k)


@njit(cache=True, nogil=True, parallel=True)
def uniform_fans(
    offsets: np.ndarray, party: np.ndarray, amount: np.ndarray, keep: np.ndarray, city: np.ndarray, skip: np.ndarray,
    back_offsets: np.ndarray, back_party: np.ndarray, back_amount: np.ndarray, weight: float,
    bands: np.ndarray, least: int,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """For every account the band of amounts in which its counterparties surprise most: (distinct, lowest, highest), value.

    ``city``: all amounts, sorted. ``back_*``: the other direction, for the counterparties' own habits; ``weight``: how
    many payments the city's share counts for beside them. Where the account itself has more in the bands just below and
    above, that share counts instead: whoever takes such amounts anyway surprises nobody. Tried are, for
    each of ``bands``, the widest runs of amounts from one up to that much above it.
    """
    n_accounts = offsets.size - 1
    found = np.zeros((n_accounts, 3), np.int64)
    strength = np.zeros(n_accounts, np.float64)
    for a in prange(n_accounts):
        if skip[a] or offsets[a + 1] - offsets[a] < least:
            continue
        chosen = offsets[a] + np.flatnonzero(keep[offsets[a] : offsets[a + 1]])
        number, n = _local(party[chosen])
        if n < least:
            continue
        order = np.argsort(amount[chosen], kind="mergesort")
        ranked, number, who = amount[chosen][order], number[order], party[chosen][order]
        times = np.bincount(number, minlength=n)
        for reach in bands:
            seen = np.zeros(n, np.int64)
            distinct, begin = 0, 0
            for end in range(ranked.size):
                distinct += seen[number[end]] == 0
                seen[number[end]] += 1
                while at_most(1.0 + reach, ranked[begin]) < ranked[end]:
                    seen[number[begin]] -= 1
                    distinct -= seen[number[begin]] == 0
                    begin += 1
                grows = end + 1 < ranked.size and at_most(1.0 + reach, ranked[begin]) >= ranked[end + 1]
                if distinct < least or grows:
                    continue
                low, high = ranked[begin], ranked[end]
                there = np.searchsorted(city, high, side="right") - np.searchsorted(city, low)
                share = max(1, there - (end + 1 - begin)) / city.size
                beside = np.searchsorted(ranked, at_most(1.0 + reach, high), side="right") - (end + 1)
                beside += begin - np.searchsorted(ranked, at_least(1.0 / (1.0 + reach), low))
                share = max(share, beside / 2 / ranked.size)
                inside = slice(begin, end + 1)
                value = _surprise(
                    a, who[inside], number[inside], times, low, high, share, weight,
                    back_offsets, back_party, back_amount,
                )  # fmt: skip
                if value > strength[a]:
                    strength[a] = value
                    found[a, 0], found[a, 1], found[a, 2] = distinct, low, high
    return found, strength


@njit(cache=True, nogil=True, parallel=True)
def gather_scatters(
    in_off: np.ndarray, in_party: np.ndarray, in_time: np.ndarray, in_amount: np.ndarray,
    out_off: np.ndarray, out_party: np.ndarray, out_time: np.ndarray, out_amount: np.ndarray,
    skip: np.ndarray, window: int, least: int, low: float, high: float,
) -> np.ndarray:  # fmt: skip
    """For every account the gathering whose money was scattered again best.

    A gathering is the payments in of one window of time with at least ``least`` payers; its scattering is the payments
    out from the first of them until ``window`` after the last, to at least ``least`` payees, of ``low`` to ``high`` of the sum
    gathered. Windows begin at each payment in. Returns min(payers, payees), the four positions, payers and payees.
    """
    found = np.zeros((in_off.size - 1, 7), np.int64)
    for a in prange(in_off.size - 1):
        i0, i1, o0, o1 = in_off[a], in_off[a + 1], out_off[a], out_off[a + 1]
        if skip[a] or i1 - i0 < least or o1 - o0 < least:
            continue
        payer, n_payers = _local(in_party[i0:i1])
        payee, n_payees = _local(out_party[o0:o1])
        if n_payers < least or n_payees < least:
            continue
        paid_in, paid_out = np.zeros(n_payers, np.int64), np.zeros(n_payees, np.int64)
        end, begin_out, end_out = i0, o0, o0
        gathered, scattered, payers, payees = 0, 0, 0, 0
        for begin in range(i0, i1):
            if begin > i0:  # the window moves on: its first payment leaves it
                k = begin - 1
                if in_party[k] != a:
                    gathered -= in_amount[k]
                    paid_in[payer[k - i0]] -= 1
                    payers -= paid_in[payer[k - i0]] == 0
            while end < i1 and in_time[end] - in_time[begin] <= window:
                if in_party[end] != a:
                    gathered += in_amount[end]
                    payers += paid_in[payer[end - i0]] == 0
                    paid_in[payer[end - i0]] += 1
                end += 1
            while end_out < o1 and out_time[end_out] - in_time[end - 1] <= window:
                if out_party[end_out] != a:
                    scattered += out_amount[end_out]
                    payees += paid_out[payee[end_out - o0]] == 0
                    paid_out[payee[end_out - o0]] += 1
                end_out += 1
            while begin_out < end_out and out_time[begin_out] < in_time[begin]:
                if out_party[begin_out] != a:
                    scattered -= out_amount[begin_out]
                    paid_out[payee[begin_out - o0]] -= 1
                    payees -= paid_out[payee[begin_out - o0]] == 0
                begin_out += 1
            size = min(payers, payees)
            if size >= least and size > found[a, 0] and low * gathered <= scattered <= high * gathered:
                found[a, 0], found[a, 1], found[a, 2] = size, begin, end
                found[a, 3], found[a, 4], found[a, 5], found[a, 6] = begin_out, end_out, payers, payees
    return found
