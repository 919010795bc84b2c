"""Where nodes stand, computed before the page is made: the browser only draws, thousands of nodes at once."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np

#: Golden angle: points of a spiral that never line up (Vogel 1979, "A better way to construct the sunflower head").
_GOLDEN = np.pi * (3 - np.sqrt(5))


def spiral(count: int, spacing: float, start: int = 0) -> np.ndarray:
    """``count`` points around the origin, each about ``spacing`` from the next, leaving out the first ``start``."""
    index = np.arange(start, start + count, dtype=float)
    radius = spacing * np.sqrt(index + 0.5)
    return np.column_stack((radius * np.cos(index * _GOLDEN), radius * np.sin(index * _GOLDEN)))


def positions(count: int, pairs: Sequence[tuple[int, int]], spacing: float = 130.0) -> np.ndarray:
    """Positions of ``count`` nodes joined by ``pairs``.

    Each connected part is laid out by itself (Fruchterman and Reingold 1991, igraph's implementation, started from a
    spiral so that the same graph always gives the same picture), then pushed apart until no two nodes are closer than
    ``0.75 * spacing``, as far as 200 rounds bring it, then the parts are set side by side in rows, the largest first.

    Returns:
        array of shape (count, 2), in pixels at scale 1. Quick for 10,000 nodes (about a second).
    """
    if count == 0:
        return np.zeros((0, 2))
    import igraph

    graph = igraph.Graph(n=count, edges=list(pairs)).simplify()
    parts = sorted(graph.connected_components(), key=lambda part: (-len(part), part[0]))
    # The library draws from Python's generator when two nodes fall on one point; a fixed one keeps pages identical.
    igraph.set_random_number_generator(random.Random(1991))
    try:
        placed = [_one_part(graph.induced_subgraph(part), spacing) for part in parts]
    finally:
        igraph.set_random_number_generator(random)
    result = np.zeros((count, 2))
    for part, corner, local in zip(parts, _rows(placed, spacing), placed, strict=True):
        result[part] = local - local.min(axis=0) + corner
    return np.round(result - (result.min(axis=0) + result.max(axis=0)) / 2, 1)


def _one_part(graph: object, spacing: float) -> np.ndarray:
    size = graph.vcount()  # type: ignore[attr-defined]
    if size == 1:
        return np.zeros((1, 2))
    start = spiral(size, 1.0)
    layout = graph.layout_fruchterman_reingold(seed=start.tolist(), niter=500)  # type: ignore[attr-defined]
    points = np.array(layout.coords)
    # Force leaves hubs crowded and the space between them empty. Shrinking to the room that the nodes need and then
    # pushing apart evens it out, so that the whole can be seen at a larger scale.
    # A few nodes carry their names and those of their lines, which need more room than the shapes.
    points *= spacing * (np.sqrt(size) + 2) / max(float(np.ptp(points, axis=0).max()), 1e-6)
    return _apart(points, 0.75 * spacing)


def _apart(points: np.ndarray, distance: float, rounds: int = 200) -> np.ndarray:
    """Move pairs closer than ``distance`` away from each other, half each, until none is left or rounds run out."""
    from scipy.spatial import cKDTree

    points = points + spiral(len(points), 1e-3)
    for _ in range(rounds):
        close = cKDTree(points).query_pairs(distance, output_type="ndarray")
        if not len(close):
            break
        first, second = close[:, 0], close[:, 1]
        gap = points[second] - points[first]
        length = np.maximum(np.linalg.norm(gap, axis=1, keepdims=True), 1e-9)
        push = gap / length * (distance - length) * 0.5
        np.add.at(points, second, push * 0.8)
        np.add.at(points, first, -push * 0.8)
    return points


def _rows(placed: Sequence[np.ndarray], spacing: float) -> list[np.ndarray]:
    """Upper left corner of each part when the parts are set in rows of about a square's width."""
    boxes = [np.ptp(points, axis=0) + 2 * spacing for points in placed]
    width = max(float(np.sqrt(sum(float(np.prod(box)) for box in boxes))) * 1.1, float(boxes[0][0]))
    corners, x, y, high = [], 0.0, 0.0, 0.0
    for box in boxes:
        if x and x + box[0] > width:
            x, y, high = 0.0, y + high, 0.0
        corners.append(np.array([x, y]))
        x, high = x + float(box[0]), max(high, float(box[1]))
    return corners


def readable(
    points: np.ndarray,
    labels: Sequence[str],
    subjects: Sequence[bool],
    degree: Sequence[int],
    hidden: set[int],
    scale: float,
) -> set[int]:
    """Nodes whose name is readable when the whole graph is in view: the weightiest first, none over another."""
    if scale >= 1:
        return set(range(len(labels)))
    order = sorted(range(len(labels)), key=lambda place: (not subjects[place], -degree[place], place))
    boxes: list[tuple[float, float, float, float]] = []
    chosen: set[int] = set()
    for place in order:
        if place in hidden or len(chosen) >= 60:
            continue
        wide = sum(13 if ord(letter) > 0x2E80 else 7 for letter in labels[place]) + 8
        x, y = points[place] * scale
        box = (x - wide / 2, y, x + wide / 2, y + 30)
        if all(box[2] < b[0] or b[2] < box[0] or box[3] < b[1] or b[3] < box[1] for b in boxes):
            boxes.append(box)
            chosen.add(place)
    return chosen
