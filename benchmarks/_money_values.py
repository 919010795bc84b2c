"""Are two programs' features the same? Value by value, and where not, why: by the definitions, in exact arithmetic."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

WINDOW = 480 * 3_600
SIDES = ((0, 0), (0, 1), (1, 0), (1, 1))  # (whose: payer or payee; which payments of it: out or in)


def equal(ours: np.ndarray, peers: np.ndarray) -> np.ndarray:
    """Within 1e-4 of each other, relative to the larger, or within 1e-6 of 0."""
    size = np.maximum(np.abs(ours), np.abs(peers))
    return np.abs(ours - peers) <= np.maximum(1e-6, 1e-4 * size)


def compare(edges: np.ndarray, ours: np.ndarray, peers: np.ndarray, names: list[str]) -> dict:
    """Share of equal values, and a class and an example for what is not (statistics only; other families: unexplained)."""
    peers = peers.astype(np.float32)
    same = equal(ours, peers)
    told = (ours != 0) | (peers != 0)
    classes: dict[str, int] = {}
    examples: dict[str, str] = {}
    for row, column in np.argwhere(~same).tolist():
        why = _why(edges, row, column, float(ours[row, column]), float(peers[row, column]), names)
        classes[why] = classes.get(why, 0) + 1
        said = f"payment {row}, {names[column]}: {ours[row, column]:.6g} here, {peers[row, column]:.6g} there"
        examples.setdefault(why, said)
    return {
        "values": int(same.size),
        "equal": float(same.mean()),
        "equal_where_not_both_zero": float(same[told].mean()) if told.any() else 1.0,
        "classes": classes,
        "examples": examples,
    }


def _why(edges: np.ndarray, row: int, column: int, ours: float, peers: float, names: list[str]) -> str:
    if not names[column].startswith(("payer_", "payee_")):
        return "not explained"
    side, which = SIDES[column // 8]
    by_definition = _exact(edges, row, side, which, int(edges[2, row]) - WINDOW)[column % 8]
    before = int(edges[2, row - 1]) if row else int(edges[2, row])
    one_later = _exact(edges, row, side, which, before - WINDOW)[column % 8]
    if not equal(np.float64(ours), np.float64(by_definition)):
        return "not explained"
    if equal(np.float64(peers), np.float64(one_later)) and before != edges[2, row]:
        return "the peer lets a payment leave the window only when the next payment of the whole stream comes"
    if by_definition != 0 and peers == 0:
        return "the peer gives 0 for a variance (and what follows from it) that is small beside the mean"
    return "rounding of the peer: its sums still carry what has left the window"


def _exact(edges: np.ndarray, row: int, side: int, which: int, oldest: int) -> list[float]:
    """The eight numbers of one window in fractions."""
    account = edges[side, row]
    inside = np.flatnonzero((edges[which, : row + 1] == account) & (edges[2, : row + 1] > oldest))
    if not inside.size:
        return [0.0] * 8
    x = [Fraction(int(fen), 100) for fen in edges[3, inside]]
    n, fan = len(x), len(np.unique(edges[1 - which, inside]))
    mean = sum(x, Fraction()) / n
    second, third, fourth = (sum(((v - mean) ** k for v in x), Fraction()) / n for k in (2, 3, 4))
    if second == 0:
        return [fan, n, n / fan, float(mean), float(mean * n), 0.0, 0.0, 0.0]
    skew = float(third) / float(second) ** 1.5
    return [fan, n, n / fan, float(mean), float(mean * n), float(second), skew, float(fourth / second**2)]
