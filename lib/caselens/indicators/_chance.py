"""Chance: a seeded generator for each subject, false-discovery control in one family, a score from a p-value."""

from __future__ import annotations

import hashlib
import math

import numpy as np


def rng_of(*names: str) -> np.random.Generator:
    """A generator that depends on ``names`` alone, so that an answer does not depend on what else was asked before."""
    digest = hashlib.sha256("\x1f".join(names).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def adjusted(p_values: np.ndarray) -> np.ndarray:
    """Benjamini–Hochberg q-values of one whole family of hypotheses, in the order given.

    Source: Benjamini and Hochberg (1995). Empty in, empty out. O(n log n).
    """
    p = np.asarray(p_values, dtype=float)
    if not len(p):
        return p
    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    q = np.empty_like(p)
    q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return q


def surprise(p_value: float) -> float:
    """A score from a p-value that never reaches 1: 0.05 gives 0.30, 0.001 gives 0.5, 1e-12 gives 0.8."""
    decimals = -math.log10(max(p_value, 1e-300))
    return decimals / (decimals + 3)


def smallest_of(p_values: np.ndarray) -> float:
    """p-value of the smallest of several independent p-values (Šidák); 1 where there are none."""
    if not len(p_values):
        return 1.0
    return float(-np.expm1(len(p_values) * np.log1p(-min(float(np.min(p_values)), 1 - 1e-15))))
