"""Invented markets whose truth is known: a cartel that covers one low bid, among honest tenders."""

from __future__ import annotations

import numpy as np
import pandas as pd


def market(
    tenders: int = 80,
    *,
    seed: int = 0,
    scale: float = 1e6,
    bids: tuple[int, int] = (4, 9),
    honest_spread: float = 0.10,
    prefix: str = "",
    firms: int = 24,
) -> tuple[pd.DataFrame, np.ndarray]:
    """Bids and labels: two fifths of the tenders are covered by the first eight firms, the others are honest.

    Cover bids huddle 4 to 5 % above the winner; honest bids spread log-normally.
    """
    rng = np.random.default_rng(seed)
    rows, labels = [], []
    for t in range(tenders):
        n = int(rng.integers(bids[0], bids[1] + 1))
        size = scale * float(rng.lognormal(0, 0.6))
        is_rigged = t % 5 < 2
        if is_rigged:
            who = rng.choice(8, min(n, 8), replace=False)
            price = size * np.concatenate([[1.0], rng.uniform(1.04, 1.05, len(who) - 1)])
        else:
            who = rng.choice(firms, n, replace=False)
            price = size * rng.lognormal(0, honest_spread, n)
        lowest = int(np.argmin(price))
        for i, (firm, value) in enumerate(zip(who, price, strict=True)):
            rows.append((f"{prefix}T{t:03}", f"{prefix}f{firm}", round(float(value), 2), i == lowest))
            labels.append(int(is_rigged))
    frame = pd.DataFrame(rows, columns=["tender_id", "bidder_id", "price", "is_winner"])
    return frame, np.array(labels)
