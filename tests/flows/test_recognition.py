"""Naming a pattern's family: each definition by a hand-made pattern, then by generated ones, then published ones."""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caselens.core.errors import UsageError
from caselens.flows import recognise

FAMILIES = ("fan-in", "fan-out", "gather-scatter", "scatter-gather", "cycle", "bipartite", "stack", "random")


def frame(text: str) -> pd.DataFrame:
    """``"A>B C>B"``: payments in this order, a day apart."""
    pairs = [pair.split(">") for pair in text.split()]
    return pd.DataFrame(
        [(a, b, 100.0, pd.Timestamp("2024-01-01") + pd.Timedelta(days=k)) for k, (a, b) in enumerate(pairs)],
        columns=["payer_account", "payee_account", "amount", "paid_at"],
    )


@pytest.mark.parametrize(
    ("family", "text"),
    [
        ("fan-in", "A>H B>H C>H"),
        ("fan-in", "A>H H>H B>H C>H B>H"),  # a conversion at the hub and a repeated payer change nothing
        ("fan-out", "H>A H>B H>C"),
        ("gather-scatter", "A>H B>H H>C H>D"),
        ("gather-scatter", "A>H H>C H>D"),
        ("gather-scatter", "A>H B>H H>A H>B"),  # the payers get it back, after both had paid
        ("scatter-gather", "S>A S>B A>T B>T"),
        ("scatter-gather", "S>A A>T S>B B>T S>C C>T"),
        ("scatter-gather", "S>A S>B A>S B>S"),  # source and sink are one, and it paid first
        ("cycle", "A>B B>C C>A"),
        ("cycle", "A>B C>D B>C D>A"),  # recorded out of order
        ("cycle", "A>B B>A A>B"),
        ("bipartite", "A>X B>Y C>Z"),
        ("bipartite", "A>X A>Y B>X B>Y"),
        ("stack", "A>M M>X B>N N>Y"),
        ("stack", "A>M A>N B>M B>N M>X M>Y N>X N>Y"),
        ("stack", "A>M A>N M>X N>Y"),  # one source, but two sinks: no scatter-gather
        ("random", "A>B B>C C>D"),
        ("random", "A>B B>C C>D D>E E>F"),
        ("random", "A>B B>C C>B B>D D>E"),  # a walk may pass an account twice
        ("too-small", "A>B B>C"),
        ("too-small", "A>B"),
        ("too-small", "A>A B>B C>C"),
        ("too-small", "A>B A>B A>B"),  # one payer and one payee: no family
    ],
)
def test_each_family_by_its_definition(family, text):
    assert recognise(frame(text)).label == family


def test_scores_say_how_much_of_the_pattern_each_shape_explains():
    """Three of the five pairs run into H, two out of it: the fan-in explains 3/5, the fan-out 2/5, both together all."""
    scores = recognise(frame("A>H B>H C>H H>D H>E")).scores
    assert scores["fan-in"] == 0.6
    assert scores["fan-out"] == 0.4
    assert scores["gather-scatter"] == 1.0
    assert set(scores) == set(FAMILIES)


def test_order_of_rows_names_and_times_as_text_do_not_matter():
    rows = frame("A>H B>H H>C H>D")
    shuffled = rows.sample(frac=1, random_state=1).assign(paid_at=lambda f: f["paid_at"].dt.strftime("%Y/%m/%d %H:%M"))
    assert recognise(shuffled) == recognise(rows)


def test_rows_without_account_or_time_do_not_break_it():
    rows = frame("A>H B>H C>H D>H")
    rows.loc[3, "payer_account"] = None
    rows["paid_at"] = None
    assert recognise(rows).label == "fan-in"


def test_a_missing_column_is_named():
    with pytest.raises(UsageError, match="paid_at"):
        recognise(frame("A>B").drop(columns="paid_at"))


def generate(family: str, size: int, rng: random.Random) -> list[tuple[str, str, float]]:
    """A pattern by its definition, with (payer, payee, time); written from the definitions, not from the recogniser."""
    hub, names = "H", [f"n{k}" for k in range(2 * size + 2)]
    rng.shuffle(names)
    left, right = names[:size], names[size : 2 * size]
    time = rng.random
    if family == "fan-in":
        return [(a, hub, time()) for a in left]
    if family == "fan-out":
        return [(hub, a, time()) for a in left]
    if family == "gather-scatter":
        k = rng.randint(2, size)
        return [(a, hub, time()) for a in left[:k]] + [(hub, b, 1 + time()) for b in right[:size]]
    if family == "scatter-gather":
        return [("S", m, time()) for m in left] + [(m, "T", 1 + time()) for m in left]
    if family == "cycle":
        return [(a, b, k + 0.0) for k, (a, b) in enumerate(zip(left, [*left[1:], left[0]], strict=True))]
    if family == "bipartite":
        kept = [(a, b, time()) for a in left for b in right if rng.random() < 0.5]
        return kept + [(a, b, time()) for a, b in zip(left, right, strict=True) if (a, b) not in {p[:2] for p in kept}]
    if family == "stack":
        middles = [f"m{k}" for k in range(size)]
        first = [(a, m, time()) for a in left for m in middles if rng.random() < 0.5]
        second = [(m, b, 1 + time()) for m in middles for b in right if rng.random() < 0.5]
        first += [(a, m, time()) for a, m in zip(left, middles, strict=True)]
        return first + second + [(m, b, 1 + time()) for m, b in zip(middles, right, strict=True)]
    walk = names[: size + 1]
    return [(a, b, k + 0.0) for k, (a, b) in enumerate(itertools.pairwise(walk))]


@given(st.sampled_from(FAMILIES), st.integers(3, 9), st.randoms(use_true_random=False), st.integers(0, 3))
@settings(max_examples=200, deadline=None)
def test_generated_patterns_are_named_with_repeats_and_self_payments(family, size, rng, noise):
    """Repeated pairs and self-payments, as conversions leave them, are added; the family stays the same."""
    payments = generate(family, size, rng)
    for _ in range(noise):
        payer, payee, at = rng.choice(payments)
        payments += [(payer, payee, at), (payer, payer, at)]
    rows = pd.DataFrame(payments, columns=["payer_account", "payee_account", "day"]).assign(amount=1.0)
    rows["paid_at"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(rows["day"], unit="D")
    assert recognise(rows).label == family


def test_published_patterns_reach_the_bar(shared_data):
    """AMLworld HI-Small, half of the patterns: macro-F1 over eight classes on patterns of three payments and more."""
    path = shared_data / "amlworld" / "patterns_185.json"
    seen: Counter[tuple[str, str]] = Counter()
    for pattern in json.loads(path.read_text("utf-8"))["patterns"]:
        rows = pd.DataFrame(
            [
                (f"{t['from_bank']}:{t['from_account']}", f"{t['to_bank']}:{t['to_account']}", t["timestamp"])
                for t in pattern["transactions"]
            ],
            columns=["payer_account", "payee_account", "paid_at"],
        )
        label = recognise(rows.assign(amount=1.0)).label
        if len(rows) < 3:
            assert label == "too-small"
        else:
            seen[pattern["pattern_family"].lower(), label] += 1
    scores = []
    for family in FAMILIES:
        right = seen[family, family]
        wrong = sum(n for pair, n in seen.items() if family in pair) - right
        scores.append(2 * right / (2 * right + wrong))
    assert sum(scores) / len(scores) >= 0.92
