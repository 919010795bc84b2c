"""False-discovery control: hand-calculated families, and a slow reference."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caselens.findings.discovery import family_of, q_values


def test_five_hypotheses_by_hand():
    family = np.array([0.01, 0.04, 0.03, 0.005, 0.50])
    # Sorted 0.005 0.01 0.03 0.04 0.50, times 5/rank: 0.025 0.025 0.05 0.05 0.50; no step goes up again.
    assert q_values(family, family) == pytest.approx([0.025, 0.05, 0.05, 0.025, 0.50])
    # 1 + 1/2 + 1/3 + 1/4 + 1/5 = 137/60.
    assert q_values(family[:1], family, dependent=True) == pytest.approx([0.025 * 137 / 60])


def test_one_small_p_among_many_is_no_discovery_and_among_few_it_is():
    assert q_values(np.array([0.004]), np.concatenate([[0.004], np.linspace(0.1, 1, 99)]))[0] == pytest.approx(0.4)
    assert q_values(np.array([0.004]), np.array([0.004, 0.3, 0.9]))[0] == pytest.approx(0.012)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.integers(0, 5))
def test_the_definition_word_by_word(family, foreign):
    asked = np.array([*family[:3], 0.001 * foreign])
    every = np.array(family + ([0.001 * foreign] if 0.001 * foreign not in family else []))
    slow = [min(1.0, *(len(every) * other / (every <= other).sum() for other in every if other >= p)) for p in asked]
    assert q_values(asked, np.array(family)) == pytest.approx(slow)


def test_hypotheses_whose_p_is_not_told_still_count():
    assessed = pd.DataFrame({"state": ["hit", "clean", "clean", "not_assessable", "excluded"]})
    assert sorted(family_of(assessed, np.array([0.02]))) == [0.02, 1.0, 1.0]


def test_nothing_asked_gives_nothing():
    assert np.isnan(q_values(np.array([np.nan]), np.array([]))).all()
    assert len(q_values(np.array([]), np.array([0.5]))) == 0
