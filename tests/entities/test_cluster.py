"""Pairs into parties, against a slow and obvious reference."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from caselens.entities.cluster import DECISION, IDENTIFIER, MODEL, Clusters, cluster

Pair = tuple[int, int, float, int]


def run(
    count: int, pairs: list[Pair], exclusive: list[list[int]] | None = None, apart: list[tuple[int, int]] | None = None
) -> Clusters:
    ordered = sorted(pairs, key=lambda p: p[3] != DECISION)
    columns = [np.array([p[i] for p in ordered], dtype=np.float64 if i == 2 else np.int64) for i in range(4)]
    arrays = [np.array(values, dtype=np.int64) for values in exclusive or []]
    return cluster(count, *columns, arrays, apart or [])


def slow(count: int, pairs: list[Pair], identifiers: list[int], apart: list[tuple[int, int]]) -> list[int]:
    """Parties as sets, joined pair by pair."""
    parties = {i: {i} for i in range(count)}
    for a, b, *_ in sorted(pairs, key=lambda p: (p[3], -p[2], p[0], p[1])):
        union = parties[a] | parties[b]
        known = {identifiers[i] for i in union if identifiers[i] >= 0}
        if len(known) <= 1 and not any({x, y} <= union for x, y in apart):
            for i in union:
                parties[i] = union
    return [min(parties[i]) for i in range(count)]


@st.composite
def cases(draw: st.DrawFn) -> tuple[int, list[Pair], list[int], list[tuple[int, int]]]:
    count = draw(st.integers(2, 9))
    two = st.lists(st.integers(0, count - 1), min_size=2, max_size=2, unique=True).map(lambda p: (min(p), max(p)))
    places = draw(st.lists(two, max_size=14, unique=True))
    # Different probabilities: which of two equally sure pairs comes first is told apart in a test of its own.
    pairs = [(a, b, 0.5 + at / 40, draw(st.sampled_from([IDENTIFIER, MODEL]))) for at, (a, b) in enumerate(places)]
    identifiers = draw(st.lists(st.integers(-1, 2), min_size=count, max_size=count))
    return count, pairs, identifiers, draw(st.lists(two, max_size=2))


@given(cases())
def test_joins_as_the_slow_reference_does(case: tuple[int, list[Pair], list[int], list[tuple[int, int]]]) -> None:
    count, pairs, identifiers, apart = case
    found = run(count, pairs, [identifiers], apart)
    # What fits two parties about equally is left out first; the reference joins what remains.
    left_out = {
        tuple(sorted((p[0], p[1]))) for p in (sorted(pairs, key=lambda p: p[3] != DECISION)[i] for i in found.ambiguous)
    }
    remaining = [p for p in pairs if (p[0], p[1]) not in left_out]
    assert list(found.founder) == slow(count, remaining, identifiers, apart)
    for row in range(count):  # everybody but a founder is explained by a pair that was given
        if found.founder[row] == row:
            assert found.parent[row] == -1 and found.edge[row] == -1
        else:
            assert found.founder[found.parent[row]] == found.founder[row]


def test_a_bridge_never_joins_two_identifiers() -> None:
    # Row 1 has no identifier and fits rows 0 and 2, which have different ones: 0.99 has odds of 99, 0.95 of 19, a ratio
    # of 5.2: about equal, so that it goes to neither. At 0.9999 (odds 9,999, ratio 526) it goes to row 0.
    torn = run(3, [(0, 1, 0.99, MODEL), (1, 2, 0.95, MODEL)], [[0, -1, 1]])
    assert list(torn.founder) == [0, 1, 2] and len(torn.ambiguous) == 2
    clear = run(3, [(0, 1, 0.9999, MODEL), (1, 2, 0.95, MODEL)], [[0, -1, 1]])
    assert list(clear.founder) == [0, 0, 2] and list(clear.refused) == [1]


def test_a_decision_comes_before_the_model_and_cannot_be_bridged() -> None:
    chain = [(0, 1, 0.99, MODEL), (1, 2, 0.95, MODEL)]
    assert list(run(3, chain).founder) == [0, 0, 0]
    assert list(run(3, chain, [], [(0, 2)]).founder) == [0, 0, 2]
    decided = [(0, 2, 1.0, DECISION), *chain]
    assert list(run(3, decided, [], [(0, 1)]).founder) == [0, 1, 0]


def test_explained_along_the_surest_pairs() -> None:
    # 0-1 0.9, 1-2 0.99, 0-2 0.91: the tree takes 1-2 and 0-2, so that 1 is explained by 2.
    found = run(3, [(0, 1, 0.9, MODEL), (1, 2, 0.99, MODEL), (0, 2, 0.91, MODEL)])
    assert list(found.parent) == [-1, 2, 0] and list(found.edge) == [-1, 1, 2]


def test_nothing_to_join() -> None:
    assert list(run(3, []).founder) == [0, 1, 2]
    assert list(run(0, []).founder) == []
