"""Compiled matching of inflows and outflows at one account. Accounts are independent, so they run in parallel."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from ._kernels_chains import at_least, at_most


@njit(cache=True, nogil=True)
def _match_account(
    b: int,
    in_off: np.ndarray,
    in_party: np.ndarray,
    in_time: np.ndarray,
    in_amount: np.ndarray,
    out_off: np.ndarray,
    out_party: np.ndarray,
    out_time: np.ndarray,
    out_amount: np.ndarray,
    group: np.ndarray,
    minimum: int,
    window: int,
    advance: int,
    cap_share: float,
    min_ratio: float,
    hits: np.ndarray,
    links: np.ndarray,
    h: int,
    n_links: int,
    write: bool,
) -> tuple[int, int]:
    """Greedy assignment at one intermediary, one beneficiary group after another. Returns the next free places.

    ``hits`` rows: inflow position, group, matched fen, first link, number of links. ``links``: outflow positions.
    An inflow that does not reach ``min_ratio`` gives its outflows back to later inflows.
    """
    own = group[b]
    chosen = np.empty(out_off[b + 1] - out_off[b], np.int64)
    m = 0
    for k in range(out_off[b], out_off[b + 1]):
        g = group[out_party[k]]
        if g >= 0 and g != own and out_party[k] != b:
            chosen[m] = k
            m += 1
    if m == 0:
        return h, n_links
    chosen = chosen[:m]
    chosen = chosen[np.argsort(group[out_party[chosen]], kind="mergesort")]
    used = np.zeros(m, np.bool_)
    taken = np.empty(m, np.int64)
    a = 0
    while a < m:
        g = group[out_party[chosen[a]]]
        z = a
        while z < m and group[out_party[chosen[z]]] == g:
            z += 1
        earliest = out_time[chosen[a]] - window
        latest = out_time[chosen[z - 1]] + advance
        start = a
        i = in_off[b] + np.searchsorted(in_time[in_off[b] : in_off[b + 1]], earliest)
        while i < in_off[b + 1] and in_time[i] <= latest:
            amount, t = in_amount[i], in_time[i]
            if amount >= minimum and in_party[i] != b and group[in_party[i]] != g:
                while start < z and out_time[chosen[start]] < t - advance:
                    start += 1
                cap, total, n = at_most(cap_share, amount), 0, 0
                k = start
                while k < z and out_time[chosen[k]] <= t + window:
                    if not used[k] and total + out_amount[chosen[k]] <= cap:
                        total += out_amount[chosen[k]]
                        taken[n] = k
                        n += 1
                    k += 1
                if n > 0 and total >= at_least(min_ratio, amount):
                    if write:
                        hits[h, 0], hits[h, 1], hits[h, 2], hits[h, 3], hits[h, 4] = i, g, total, n_links, n
                    for j in range(n):
                        used[taken[j]] = True
                        if write:
                            links[n_links + j] = chosen[taken[j]]
                    h += 1
                    n_links += n
            i += 1
        a = z
    return h, n_links


@njit(cache=True, nogil=True, parallel=True)
def match_groups(
    in_off: np.ndarray,
    in_party: np.ndarray,
    in_time: np.ndarray,
    in_amount: np.ndarray,
    out_off: np.ndarray,
    out_party: np.ndarray,
    out_time: np.ndarray,
    out_amount: np.ndarray,
    group: np.ndarray,
    blocked: np.ndarray,
    minimum: int,
    window: int,
    advance: int,
    cap_share: float,
    min_ratio: float,
    hit_at: np.ndarray,
    link_at: np.ndarray,
    hits: np.ndarray,
    links: np.ndarray,
    write: bool,
) -> None:
    """Run :func:`_match_account` on every account: first to count (``write`` false), then to fill.

    ``hit_at`` and ``link_at`` (one more than accounts) receive the counts in the first run and hold the first places
    in the second.
    """
    for b in prange(in_off.size - 1):
        if blocked[b] or in_off[b] == in_off[b + 1] or out_off[b] == out_off[b + 1]:
            continue
        h0, l0 = (hit_at[b], link_at[b]) if write else (0, 0)
        h, n_links = _match_account(
            b, in_off, in_party, in_time, in_amount, out_off, out_party, out_time, out_amount, group,
            minimum, window, advance, cap_share, min_ratio, hits, links, h0, l0, write,
        )  # fmt: skip
        if not write:
            hit_at[b + 1] = h
            link_at[b + 1] = n_links
