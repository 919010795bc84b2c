"""Cash just below the line: what is counted, and against what."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
INDICATOR = INDICATORS["flow-cash-round-split"]
BASE = {
    "persons": "person_id,name\nA,甲\nB,乙\n",
    "organizations": "org_id,name\nF,公司\n",
    "accounts": "account_id,holder_id,kind\na1,A,bank\na2,A,bank\naB,B,bank\naF,F,bank\ntill,,cash\n",
}
PAID = "payment_id,paid_at,payer_account,payee_account,amount,channel\n"


def paid(sums: Sequence[float], payer: str, payee: str, channel: str = "", mark: str = "p") -> str:
    return "".join(
        f"{mark}{n},2020-{1 + n % 12:02d}-{n + 1:02d},{payer},{payee},{s},{channel}\n" for n, s in enumerate(sums)
    )


def answer(given: Given, payments: str, **more: str) -> Answer:
    return evaluate(INDICATOR, given(BASE | more | {"payments": PAID + payments}))


def state(found: Answer, holder: str = "A") -> str:
    return str(found.assessed.set_index("subject_id").loc[holder, "state"])


def test_seven_below_and_none_above_pass_six_do_not(given: Given) -> None:
    seven = [46_000, 47_300, 48_100, 48_800, 49_100, 49_500, 49_900]
    found = answer(given, paid(seven, "till", "a1"))
    (lead,) = found.leads.to_dict("records")
    assert lead["p_value"] == pytest.approx(0.5**7) and lead["amount"] == sum(seven) == 338_700
    # Six: 1/64 = 0.0156, above 0.01.
    assert state(answer(given, paid(seven[:6], "till", "a1"))) == "clean"
    # Four: too few to test.
    assert state(answer(given, paid(seven[:4], "till", "a1"))) == "not_assessable"


def test_paying_in_and_drawing_on_two_cards_count_together(given: Given) -> None:
    found = answer(
        given,
        paid([46_100, 47_300, 48_100, 48_800], "till", "a1") + paid([49_100, 49_500, 49_900], "a2", "till", mark="q"),
    )
    assert [one["id"] for one in found.leads["objects"].iloc[0]] == ["a1", "a2"]


def test_round_sums_and_sums_above_speak_against_it(given: Given) -> None:
    # 45,000 is round and left out; seven below, three above: P(at least 7 of 10) = 176 / 1024 = 0.17.
    sums = [45_000, 46_100, 47_300, 48_100, 48_800, 49_100, 49_500, 49_900, 50_100, 52_000, 54_000]
    found = answer(given, paid(sums, "till", "a1"))
    assert state(found) == "clean"
    assert found.assessed.set_index("subject_id").loc["A", "p_value"] == pytest.approx(176 / 1024)


def test_round_transfers_count_but_neither_pay_nor_one_equal_sum(given: Given) -> None:
    sums = [46_000, 46_500, 47_000, 48_000, 48_500, 49_000, 49_500]
    assert state(answer(given, paid(sums, "aF", "a1", "transfer"))) == "hit"
    assert (
        state(answer(given, paid([s + 0.37 for s in sums], "aF", "a1", "transfer") + "x,2020-01-01,aB,a1,100,\n"))
        == "clean"
    )
    jobs = "person_id,org_id,start_date\nA,F,2015-01-01\n"
    assert answer(given, paid(sums, "aF", "a1", "transfer"), employments=jobs).leads.empty
    assert answer(given, paid([49_000] * 8, "aF", "a1", "transfer")).leads.empty


def test_the_channel_alone_makes_it_cash(given: Given) -> None:
    sums = [46_010, 47_330, 48_170, 48_830, 49_110, 49_550, 49_930]
    assert state(answer(given, paid(sums, "aF", "a1", "cash"))) == "hit"
