"""Open tenders before the award, and a draw whose probabilities are what it says."""

from __future__ import annotations

import random
from collections import Counter

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caselens.core.errors import NotAssessable, UsageError
from caselens.institutions import draw, inclusion, open_tenders, spot_check

TENDERS = {
    "tenders": "tender_id,title,buyer_id,method,status,published_on,deadline_at,opened_at\n"
    "T1,路,ZONE,open,open,2024-06-01,2024-07-10 09:00:00,2024-07-10 09:30:00\n"
    "T2,桥,ZONE,open,planned,2024-07-01,,\nT3,渠,ZONE,open,open,2024-05-01,2024-06-01 09:00:00,2024-06-01 09:30:00\n"
    "T4,楼,ZONE,open,awarded,2024-05-01,2024-08-01 09:00:00,\nT5,塔,ZONE,open,,2024-05-01,2024-08-01 09:00:00,\n",
    "bids": "tender_id,bidder_id,price\nT1,FIRM,10\nT1,MILL,11\n",
}


def finding(tender, severity, score, status="new"):
    return {"indicator": "bid-ring", "severity": severity, "score": score, "status": status,
            "objects": [{"table": "tenders", "id": tender}]}  # fmt: skip


FINDINGS = pd.DataFrame(
    [finding("T1", "red", 0.5), finding("T3", "yellow", 0.25), finding("T2", "red", 0.9, "dismissed")]
)


@pytest.fixture(scope="module")
def market(town):
    return town(TENDERS)


def test_open_tenders_say_before_which_day_to_act(market):
    found = open_tenders(market, FINDINGS)
    assert list(found["tender_id"]) == ["T1", "T3", "T2"], (
        "with flags first; awarded ones and those without status never"
    )
    told = found.set_index("tender_id")
    assert told.loc["T1", ["next_step", "days_left", "bidders", "flags"]].tolist() == ["deadline", 10, 2, 1]
    assert told.loc["T2", ["next_step", "days_left", "flags"]].tolist() == ["publication", 1, 0], "it was dismissed"
    assert told.loc["T3", "next_step"] == "award" and pd.isna(told.loc["T3", "act_before"])
    assert told.loc["T1", "weight"] == 3.5, "red is 3, and the score"


def test_without_a_status_nothing_is_open_or_closed(town):
    with pytest.raises(NotAssessable, match="tenders.status"):
        open_tenders(town({"tenders": "tender_id,buyer_id,method\nT1,ZONE,open\n"}), FINDINGS)


def test_a_plan_can_be_drawn_again(market):
    one, two = (spot_check(market, FINDINGS, table="tenders", size=2, seed=7) for _ in range(2))
    pd.testing.assert_frame_equal(one.drawn, two.drawn)
    assert (one.population, one.size, one.seed, len(one.drawn)) == (5, 2, 7, 2) and one.digest == two.digest
    # Weights 4.5, 3.25 and three times 1 make 10.75; two of them are drawn.
    expected = {"T1": 9 / 10.75, "T3": 6.5 / 10.75}
    for row in one.drawn.itertuples():
        assert row.probability == pytest.approx(expected.get(row.id, 2 / 10.75))
    assert len(spot_check(market, FINDINGS, table="tenders", size=99, seed=7).drawn) == 5


@pytest.mark.parametrize("asked", [{"table": "persons"}, {"size": 0}, {"since": "2024-01-01"}])
def test_what_cannot_be_drawn_is_refused(market, asked):
    with pytest.raises(UsageError):
        spot_check(market, FINDINGS, **asked)


def test_what_is_heavy_enough_is_certain():
    # 3 x 6 / 12 is above 1: certain. Two are left for a weight of 6: a third for each one, two thirds for the two.
    assert inclusion([1, 1, 1, 1, 6, 2], 3) == pytest.approx([1 / 3, 1 / 3, 1 / 3, 1 / 3, 1, 2 / 3])
    with pytest.raises(UsageError):
        inclusion([1, 0], 1)


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=40), st.integers(1, 45), st.integers(0, 2**32))
def test_as_many_are_drawn_as_asked_and_none_twice(weights, size, seed):
    chances = inclusion(weights, size)
    picked = draw(chances, seed)
    assert len(picked) == len(set(picked)) == min(size, len(weights))
    assert all(0 < chance <= 1 for chance in chances)
    assert {at for at, chance in enumerate(chances) if chance >= 1} <= set(picked)


def test_each_is_drawn_as_often_as_the_plan_says():
    chances, runs = inclusion([1, 2, 3, 4, 5, 6, 7, 30], 4), 6000
    source = random.Random(11)
    times = Counter(place for _ in range(runs) for place in draw(chances, source.getrandbits(32)))
    for place, chance in enumerate(chances):
        # Four standard deviations of a binomial share; a draw by successive weights would be far outside for the heavy.
        assert abs(times[place] / runs - chance) <= 4 * (chance * (1 - chance) / runs) ** 0.5 + 1e-12
