"""Pairs gathered into parties, under what must never meet: two valid identifiers, and what people told apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import breadth_first_order, connected_components, minimum_spanning_tree

#: Ranks of what makes a link; a lower one is joined first.
DECISION, IDENTIFIER, MODEL = 0, 1, 2
#: A row that two different people claim goes to one of them only if its odds are so many times those of the other.
AMBIGUITY = 20.0


@dataclass(frozen=True, slots=True)
class Clusters:
    """What became of the rows and pairs.

    Attributes:
        founder: for each row the first row of its party.
        parent: for each row the row it is linked to in its party's explanation; -1 for founders.
        edge: for each row the pair (index into the pairs given) that links it to its parent; -1 for founders.
        refused: pairs not joined because something must never meet.
        ambiguous: pairs not joined because the row fits two parties about equally well.
    """

    founder: np.ndarray
    parent: np.ndarray
    edge: np.ndarray
    refused: np.ndarray
    ambiguous: np.ndarray


def cluster(
    count: int,
    left: np.ndarray,
    right: np.ndarray,
    probability: np.ndarray,
    rank: np.ndarray,
    exclusive: Iterable[np.ndarray] = (),
    apart: Iterable[tuple[int, int]] = (),
) -> Clusters:
    """Gather rows into parties.

    Args:
        count: rows, numbered from 0 in the order they arrived.
        left, right, probability, rank: the pairs to join; decisions come first, in the order given.
        exclusive: arrays over the rows (-1: none), at most one value of each in a party: identifiers, gender.
        apart: pairs of rows that people told apart.

    Parties without anything that must not meet are joined at once; the others pair by pair, the surest first, ties in the
    order of the rows. O(pairs) for the former, O(pairs log pairs) for the latter.
    """
    exclusive, apart = tuple(exclusive), tuple(apart)
    keep = np.ones(len(left), dtype=bool)
    ambiguous = _ambiguous(left, right, probability, rank, exclusive[0]) if exclusive else np.empty(0, dtype=np.int64)
    keep[ambiguous] = False
    refused = _refused(count, left, right, probability, rank, keep, exclusive, apart)
    keep[refused] = False
    founder, parent, edge = _explained(count, left, right, probability, rank, keep)
    return Clusters(founder, parent, edge, refused, ambiguous)


def _ambiguous(
    left: np.ndarray, right: np.ndarray, probability: np.ndarray, rank: np.ndarray, identifier: np.ndarray
) -> np.ndarray:
    """Pairs of the model by which a row without identifier fits two rows with different ones about equally well."""
    one_sided = np.flatnonzero((rank == MODEL) & ((identifier[left] < 0) ^ (identifier[right] < 0)))
    claims: dict[int, dict[int, float]] = defaultdict(dict)
    for pair in one_sided.tolist():
        bare, known = (left[pair], right[pair]) if identifier[left[pair]] < 0 else (right[pair], left[pair])
        value = int(identifier[known])
        claims[int(bare)][value] = max(claims[int(bare)].get(value, 0.0), float(probability[pair]))
    torn = set()
    for bare, values in claims.items():
        if len(values) > 1:
            best, second = sorted(values.values(), reverse=True)[:2]
            if _odds(best) < AMBIGUITY * _odds(second):
                torn.add(bare)
    return np.array([p for p in one_sided.tolist() if int(left[p]) in torn or int(right[p]) in torn], dtype=np.int64)


def _odds(probability: float) -> float:
    return probability / max(1e-12, 1 - probability)


def _refused(
    count: int,
    left: np.ndarray,
    right: np.ndarray,
    probability: np.ndarray,
    rank: np.ndarray,
    keep: np.ndarray,
    exclusive: tuple[np.ndarray, ...],
    apart: tuple[tuple[int, int], ...],
) -> np.ndarray:
    """The pairs that would bring together what must never meet, joining the surest first."""
    graph = coo_matrix((np.ones(int(keep.sum())), (left[keep], right[keep])), shape=(count, count))
    _, component = connected_components(graph, directed=False)
    tight = np.zeros(int(component.max(initial=-1)) + 1, dtype=bool)
    for values in exclusive:
        known = np.flatnonzero(values >= 0)
        pairs = np.unique(np.stack([component[known], values[known]]), axis=1)
        where, times = np.unique(pairs[0], return_counts=True)
        tight[where[times > 1]] = True
    for one, other in apart:
        if component[one] == component[other]:
            tight[component[one]] = True
    careful = np.flatnonzero(keep & tight[component[left]])
    order = careful[np.lexsort((right[careful], left[careful], -probability[careful], rank[careful]))]
    # People's decisions in the order given, the latest first.
    decided = careful[rank[careful] == DECISION]
    order = np.concatenate([decided, order[rank[order] != DECISION]])
    joined = _Joined(exclusive, apart)
    return np.array([pair for pair in order.tolist() if not joined.join(int(left[pair]), int(right[pair]))], np.int64)


class _Joined:
    """Parties that grow pair by pair and know what they must not take in."""

    def __init__(self, exclusive: tuple[np.ndarray, ...], apart: tuple[tuple[int, int], ...]) -> None:
        self._exclusive = exclusive
        self._head: dict[int, int] = {}
        self._values: dict[int, list[int]] = {}
        self._enemies: dict[int, set[int]] = defaultdict(set)
        for one, other in apart:
            self._enemies[one].add(other)
            self._enemies[other].add(one)

    def _find(self, row: int) -> int:
        while (head := self._head.get(row, row)) != row:
            self._head[row] = self._head.get(head, head)
            row = head
        return row

    def _of(self, head: int) -> list[int]:
        if head not in self._values:
            self._values[head] = [int(values[head]) for values in self._exclusive]
        return self._values[head]

    def join(self, one: int, other: int) -> bool:
        """Join the parties of two rows; ``False`` where that must not be."""
        a, b = self._find(one), self._find(other)
        if a == b:
            return True
        mine, theirs = self._of(a), self._of(b)
        if any(x >= 0 and y >= 0 and x != y for x, y in zip(mine, theirs, strict=True)):
            return False
        if any(self._find(enemy) == b for enemy in self._enemies[a]):
            return False
        self._head[b] = a
        self._values[a] = [max(x, y) for x, y in zip(mine, theirs, strict=True)]
        self._enemies[a] |= self._enemies.pop(b, set())
        return True


def _explained(
    count: int,
    left: np.ndarray,
    right: np.ndarray,
    probability: np.ndarray,
    rank: np.ndarray,
    keep: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Founder, parent and pair of each row, along the surest links from the founder on."""
    pairs = np.flatnonzero(keep)
    # Of several pairs between two rows the surest: the last written of equal places wins, so the surest comes last.
    pairs = pairs[np.lexsort((pairs, probability[pairs], -rank[pairs]))]
    place = {(int(a), int(b)): int(p) for a, b, p in zip(left[pairs], right[pairs], pairs, strict=True)}
    chosen = np.fromiter(place.values(), dtype=np.int64, count=len(place))
    cost = 1.0 + rank[chosen] + (1.0 - probability[chosen])
    graph = coo_matrix((cost, (left[chosen], right[chosen])), shape=(count, count)).tocsr()
    _, component = connected_components(graph, directed=False)
    founders = np.full(int(component.max(initial=-1)) + 1, count, dtype=np.int64)
    np.minimum.at(founders, component, np.arange(count))
    founder = founders[component]
    parent, edge = np.full(count, -1, dtype=np.int64), np.full(count, -1, dtype=np.int64)
    if len(chosen):
        tree = minimum_spanning_tree(graph).tocoo()
        # One root above all founders, so that one walk explains everybody.
        row = np.concatenate([tree.row, np.full(len(founders), count)])
        column = np.concatenate([tree.col, founders])
        rooted = coo_matrix((np.ones(len(row)), (row, column)), shape=(count + 1, count + 1)).tocsr()
        _, before = breadth_first_order(rooted, count, directed=False)
        before = before[:count]
        linked = np.flatnonzero((before >= 0) & (before < count) & (founder != np.arange(count)))
        parent[linked] = before[linked]
        for at in linked.tolist():
            a, b = sorted((at, int(parent[at])))
            edge[at] = place[(a, b)]
    return founder, parent, edge
