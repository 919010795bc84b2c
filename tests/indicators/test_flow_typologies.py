"""Shapes of money: what is one, what a group's or a payroll's money is, and how chance is counted."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.indicators._shapes import Shape, apart, bipartite, with_chance
from caselens.workspace import Workspace

Given = Callable[..., Workspace]
INDICATOR = INDICATORS["flow-typologies"]
FIRMS = [f"F{n:02d}" for n in range(16)]
PEOPLE = [f"P{n}" for n in range(6)]
BASE = {
    "persons": "person_id,name\n" + "".join(f"{name},人{name}\n" for name in PEOPLE),
    "organizations": "org_id,name,kind\n" + "".join(f"{name},公司{name},private\n" for name in FIRMS),
    "accounts": "account_id,holder_id\n" + "".join(f"a{name},{name}\n" for name in [*FIRMS, *PEOPLE]),
}
PAID = "payment_id,paid_at,payer_account,payee_account,amount\n"
#: Firms 8 to 15 trade once a quarter in pairs, so that there is something to shuffle.
TRADE = "".join(
    f"t{n},20{19 + n // 8}-{1 + n % 12:02d}-{1 + n % 27:02d},aF{8 + n % 7:02d},aF{9 + n % 7:02d},{5000 + 917 * n}\n"
    for n in range(32)
)
SCATTER = "".join(
    f"s{n},2020-06-0{1 + n % 2},aF00,aP{n},{80000 + 900 * n}\ng{n},2020-06-0{4 + n % 2},aP{n},aF01,{77600 + 870 * n}\n"
    for n in range(6)
)


def answer(given: Given, payments: str, **more: str) -> Answer:
    return evaluate(INDICATOR, given(BASE | more | {"payments": PAID + payments}))


def test_one_firm_to_six_persons_to_another_is_one_lead(given: Given) -> None:
    found = answer(given, TRADE + SCATTER)
    (lead,) = found.leads.to_dict("records")
    assert lead["shape_en"] == "scatter-gather" and lead["payments"] == 12 and lead["p_value"] <= 0.05
    # The same money in and out is counted once: (80,000 x 6 + 900 x 15 + 77,600 x 6 + 870 x 15) / 2 = 486,075.
    assert lead["amount"] == (493_500 + 478_650) / 2
    assert {one["id"] for one in lead["subjects"]} == {"F00", "F01", *PEOPLE}
    assert len(found.evidence) == 12


def test_wages_and_the_money_of_a_group_make_no_shape(given: Given) -> None:
    paid = SCATTER.replace("aF01", "aF02")
    jobs = "person_id,org_id,start_date\n" + "".join(f"{name},F00,2018-01-01\n" for name in PEOPLE)
    assert answer(given, TRADE + paid, employments=jobs).leads.empty
    ring = "c1,2020-03-01,aF00,aF01,500000\nc2,2020-03-02,aF01,aF02,490000\nc3,2020-03-03,aF02,aF00,480000\n"
    assert len(answer(given, TRADE + ring).leads) == 1
    owned = "org_id,holder_id,share\nF01,F00,1.0\nF02,F00,0.6\n"
    found = answer(given, TRADE + ring * 1, ownerships=owned)
    assert found.leads.empty
    # A holding of two fifths makes no group.
    assert len(answer(given, TRADE + ring, ownerships="org_id,holder_id,share\nF01,F00,0.4\n").leads) == 1


def test_a_cycle_that_loses_a_fifth_at_a_hop_is_none(given: Given) -> None:
    ring = "c1,2020-03-01,aF00,aF01,500000\nc2,2020-03-02,aF01,aF02,425000\nc3,2020-03-03,aF02,aF00,361250\n"
    assert len(answer(given, TRADE + ring).leads) == 1  # exactly 15 %
    assert answer(given, TRADE + ring.replace("361250", "340000")).leads.empty  # 20 %


def test_three_payers_of_the_same_three_payees() -> None:
    frame = pd.DataFrame(
        [(p, q, pd.Timestamp("2020-01-01") + pd.Timedelta(days=3 * n)) for n, (p, q) in
         enumerate((p, q) for p in "abc" for q in "xyz")],
        columns=["payer_account", "payee_account", "paid_at"],
    )  # fmt: skip
    (one,) = bipartite(frame, 30, 3)
    assert one.hubs == tuple("abcxyz") and one.strength == 9
    assert not bipartite(frame, 20, 3)  # 24 days from the first to the last
    assert not bipartite(frame[frame["payer_account"] != "c"], 30, 3)


def test_p_counts_the_real_city_in_and_each_payment_is_told_once() -> None:
    frame = pd.DataFrame({"payer_account": list("abcdef"), "payee_account": list("bcdefa"), "amount": range(6)})
    weak, strong = Shape("cycle", [0], ("a",), 1.0), Shape("cycle", [1], ("b",), 3.0)

    def search(some: pd.DataFrame) -> list[Shape]:
        return [Shape("cycle", [0], ("a",), 2.0)]

    with_chance(frame, [weak, strong], search, "times", 39)
    assert (weak.p, strong.p) == (40 / 40, 1 / 40)
    kept = apart([Shape("cycle", [1, 2, 3, 4], ("a",), 1), Shape("fan-in", [3, 4], ("b",), 1)])
    assert [shape.name for shape in kept] == ["cycle"]
