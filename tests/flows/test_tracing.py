"""Tracing: the worked examples by hand, the four methods against a slow reference, and what is told but not counted."""

from __future__ import annotations

from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caselens.core.errors import UsageError
from caselens.flows import HubPolicy, MoneyIndex, trace

METHODS = ("fifo", "lifo", "pro_rata", "lowest_balance")


def frame(*rows: tuple) -> pd.DataFrame:
    """Payments from (payer, payee, amount, day or moment) tuples, with ids p0, p1 …"""
    start = pd.Timestamp("2024-01-01")
    return pd.DataFrame(
        [
            (f"p{k}", a, b, m, start + pd.Timedelta(days=d) if isinstance(d, int | float) else d)
            for k, (a, b, m, d) in enumerate(rows)
        ],
        columns=["payment_id", "payer_account", "payee_account", "amount", "paid_at"],
    )


def each(*values: float) -> dict[str, float]:
    """One amount a method."""
    return dict(zip(METHODS, values * (4 // len(values)), strict=True))


FEE = frame(("company", "agent", 250, 0), ("agent", "relative", 178, 4))


@pytest.mark.parametrize("source", ["company", "agent"])
def test_the_isolated_service_fee_is_the_same_by_every_method(source):
    """株洲, 2024: of 250 (万) 178 came to the relative, by these two payments, and 72 stayed with the intermediary."""
    found = trace(FEE, source, 250)
    assert found.at("relative") == each(178)
    assert found.at("agent") == each(72)
    assert found.ways("relative") == [(0, 1)]
    assert found.legs["payment_id"].tolist() == ["p0", "p1"]
    assert found.differences.empty
    assert found.conditional.empty
    assert "一致" in found.told.zh


def test_what_stayed_is_the_balance_at_until_not_everything_unsent():
    """The agent later spends 50 of the 72 on something else: 22 are left then, and 72 before."""
    rows = pd.concat([FEE, frame(("agent", "shop", 50, 10))], ignore_index=True)
    assert trace(rows, "company", 250, "2024-01-06").at("agent") == each(72)
    assert trace(rows, "company", 250).at("agent") == each(22)
    assert trace(rows, "company", 250, "2024-01-05").at("relative") == each(178)  # the day itself is inside
    assert trace(rows, "company", 250, "2024-01-04").at("agent") == each(250)


MIXED = frame(
    ("fund", "A", 250, 0),
    ("shop", "A", 100, 1),
    ("A", "B", 200, 2),
    ("client", "B", 100, 3),
    ("B", "C", 380, 4),
    ("C", "relative", 361, 5),
)


def test_four_layers_of_commingled_money_by_hand():
    """The worked example of docs/tracing.md (万).

    A holds 50, gets 250 (traced) and 100 (own) = 400, and pays 200:
      FIFO 50 own + 150 traced. LIFO 100 own + 100 traced. Pro rata 200 x 250/400 = 125. Lowest balance 150 own + 50.
    B holds 100, gets those 200 and 100 (own) = 400, and pays 380:
      FIFO 100 own, the 200 whole = 150, 80 own. LIFO 100 own, the 200 whole = 100, 80 own.
      Pro rata 380 x 125/400 = 118.75. Lowest balance 350 own + 30, so that 20 stay.
    C gets those 380 and pays 361, that is 0.95 of them:
      FIFO 142.5, LIFO 95, pro rata 112.8125, lowest balance 361 - 350 = 11.
    """
    found = trace(MIXED, "fund", 250, opening_balances={"A": 50, "B": 100})
    into = {account: found.through(account) for account in ("A", "B", "C")}
    assert into == {"A": each(250), "B": each(150, 100, 125, 50), "C": each(150, 100, 118.75, 30)}
    assert found.at("relative") == each(142.5, 95, 112.81, 11)
    assert found.at("A") == each(100, 150, 125, 200)
    assert found.at("B") == each(0, 0, 6.25, 20)
    assert found.at("C") == each(7.5, 5, 5.94, 19)
    assert found.differences["row"].tolist() == [2, 4, 5]
    first = found.differences.iloc[0]
    assert first["balance_before"] == 400
    assert "400.00" in first["why_zh"]
    assert "不一致" in found.told.zh


def test_the_same_in_yuan_adds_up_to_the_fen():
    found = trace(
        MIXED.assign(amount=MIXED["amount"] * 10_000),
        "fund",
        2_500_000,
        opening_balances={"A": 500_000, "B": 1_000_000},
    )
    assert found.at("relative")["pro_rata"] == 1_128_125
    for method in METHODS:
        assert found.ends[method].sum() == pytest.approx(2_500_000, abs=0.001)


def test_backward_finds_the_same_shares_from_the_other_end():
    """Of the 361 that reached the relative, the fund paid what forward tracing brings there."""
    found = trace(MIXED, "relative", 361, direction="backward", opening_balances={"A": 50, "B": 100})
    paid = found.legs.set_index("row").loc[0]
    assert [round(float(paid[m]), 2) for m in ("fifo", "lifo", "pro_rata")] == [142.5, 95, 112.81]
    for method in METHODS:
        assert found.ends[method].sum() == pytest.approx(361, abs=0.001)
    assert set(found.ends["account"]) >= {"fund", "shop", "client"}


def test_splits_own_transfers_and_loops_are_followed():
    """100 goes to two cards of one holder, meets again on a third, and comes back to the first account."""
    rows = frame(("x", "a1", 100, 0), ("a1", "a2", 60, 1), ("a1", "a3", 40, 1), ("a2", "b", 60, 2), ("a3", "b", 40, 2))
    found = trace(rows, "x", 100, holders={"a1": "P", "a2": "P", "a3": "P", "b": "Q"})
    assert found.at("b") == each(100)
    assert found.legs["own_transfer"].tolist() == [False, True, True, False, False]
    assert found.ways("b") == [(0, 1, 3), (0, 2, 4)]
    assert found.through(["a1", "a2", "a3"]) == each(100)
    back = trace(pd.concat([rows, frame(("b", "x", 100, 3))], ignore_index=True), "x", 100)
    assert back.at("x") == each(100)


def test_money_spent_before_it_came_is_told_and_not_counted():
    rows = frame(("agent", "relative", 178, 0), ("company", "agent", 250, 2))
    found = trace(rows, "company", 250)
    assert found.at("relative") == each(0)
    assert found.at("agent") == each(250)
    early = found.conditional.set_index("reason").loc["before_arrival"]
    assert (early["row_in"], early["row_out"], early["amount"], early["days"]) == (1, 0, 178, -2)
    assert "未调取" in early["needs_zh"]
    strict = trace(rows, "company", 250, tolerance_days=1).conditional
    assert "before_arrival" not in strict["reason"].tolist()


def test_equal_time_stamps_follow_the_row_number_and_are_told():
    rows = frame(("agent", "relative", 178, 0), ("company", "agent", 250, 0))
    found = trace(rows, "company", 250, tolerance_days=0)
    assert found.at("relative") == each(0)
    assert "same_time" in found.conditional["reason"].tolist()
    assert trace(rows.iloc[::-1].reset_index(drop=True), "company", 250).at("relative") == each(178)


def test_cash_ends_the_trace_and_a_like_deposit_is_a_question():
    rows = frame(("x", "a", 100, 0), ("a", "cash", 90, 1), ("cash", "kin", 80, 2), ("cash", "other", 30, 2))
    found = trace(rows, "x", 100, cash_accounts=["cash"])
    assert found.at("cash") == each(90)
    assert found.at("kin") == each(0)
    assert found.ends.set_index("account").loc["cash", "reason"] == "cash"
    gap = found.conditional[found.conditional["reason"] == "cash"]
    assert gap[["row_in", "row_out", "account", "amount"]].values.tolist() == [[1, 2, "kin", 80.0]]


def test_more_paid_than_known_is_told():
    """Of 300 paid out, 250 are the traced money; the 50 beyond it came from a statement nobody has."""
    found = trace(frame(("x", "a", 250, 0), ("a", "b", 300, 1)), "x", 250)
    assert found.at("b") == each(250)
    row = found.conditional.set_index("reason").loc["uncovered"]
    assert (row["row_out"], row["amount"]) == (1, 50)


def test_a_hub_is_not_opened_and_says_so():
    rows = frame(("x", "tax", 100, 0), *((f"p{k}", "tax", 1, 0) for k in range(4)), ("tax", "b", 50, 1))
    found = trace(rows, "x", 100, hubs=HubPolicy(degree=4, kinds=()))
    assert found.ends[["account", "reason"]].values.tolist() == [["tax", "hub"]]
    opened = trace(rows, "x", 100, hubs=HubPolicy(degree=4, kinds=(), treatment="keep"))
    assert opened.at("b") == each(50, 46, 48.08, 46)  # 4 of 104 are others': 50 x 100/104 = 48.08


def test_an_amount_without_such_a_payment_is_a_part_of_the_balance():
    rows = frame(("a", "b", 60, 0), ("a", "c", 60, 1))
    found = trace(rows, "a", 100)
    assert found.at("b") == each(60)
    assert found.at("c") == each(40)
    assert "没有同额付款" in found.start.zh


def test_several_payments_of_one_amount_are_told_and_one_can_be_named():
    rows = frame(("a", "b", 60, 0), ("a", "c", 60, 1))
    assert "2 payments have this amount" in trace(rows, "a", 60).start.en
    assert trace(rows, "a", payment="p1").at("c") == each(60)
    assert trace(rows, "a", 25, payment="p1").at("c") == each(25)
    assert trace(MoneyIndex.from_frame(rows), "a", payment=1).at("c") == each(60)


def test_another_currency_is_another_account():
    rows = FEE.assign(currency=["USD", "CNY"])
    assert trace(rows, "company", 250, currency="USD").at("agent") == each(250)
    with pytest.raises(UsageError, match="say which one"):
        trace(rows, "company", 250)


def test_self_payments_move_nothing():
    rows = pd.concat([FEE, frame(("agent", "agent", 60, 2))], ignore_index=True)
    assert trace(rows, "company", 250).at("relative") == each(178)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source": "nobody", "amount": 1}, "does not occur"),
        ({"source": "company"}, "an amount, or a payment"),
        ({"source": "company", "amount": 0}, "above zero"),
        ({"source": "company", "amount": "much"}, "not an amount"),
        ({"source": "company", "amount": 1, "methods": ["best"]}, "methods must be"),
        ({"source": "company", "payment": "p9"}, "exactly one"),
        ({"source": "company", "payment": "p1"}, "not a payment of"),
        ({"source": "company", "payment": "p0", "amount": 900}, "cannot be traced"),
        ({"source": "company", "amount": 250, "until": "soon"}, "not a date"),
        ({"source": "relative", "amount": 900, "direction": "backward"}, "known to hold"),
        ({"source": "company", "amount": 250, "direction": "up"}, "direction"),
        ({"source": "company", "amount": 250, "opening_balances": {"agent": -1}}, "below zero"),
    ],
)
def test_what_cannot_be_traced_is_said(arguments, message):
    with pytest.raises(UsageError, match=message):
        trace(FEE, **arguments)


def reference(rows, first, amount, method):
    """Every account keeps its lots as [fen, traced] fractions from the beginning; nothing is lazy, nothing rounded."""
    lots = {account: [] for r in rows for account in r[:2]}
    traced_in = {}
    for k, (payer, payee, fen, _) in sorted(enumerate(rows), key=lambda item: (item[1][3], item[0])):
        if payer == payee:
            continue
        part = Fraction(amount if k == first else 0)
        own = lots[payer]
        if k == first:
            rest = fen
            while rest and own:  # what the payer had goes, whatever it was; the traced money begins here
                step = min(rest, own[0][0])
                own[0] = [own[0][0] - step, own[0][1]]
                rest -= step
                if not own[0][0]:
                    own.pop(0)
        elif method in ("fifo", "lifo"):
            rest = Fraction(fen)
            while rest and own:
                lot = own.pop(0 if method == "fifo" else -1)
                step = min(rest, lot[0])
                part += lot[1] * step / lot[0]
                if step < lot[0]:
                    own.insert(0 if method == "fifo" else len(own), [lot[0] - step, lot[1] * (lot[0] - step) / lot[0]])
                rest -= step
        else:
            balance, traced = sum((lot[0] for lot in own), Fraction(0)), sum((lot[1] for lot in own), Fraction(0))
            gone = min(Fraction(fen), balance)
            if balance:
                part += gone * traced / balance if method == "pro_rata" else max(Fraction(0), gone - (balance - traced))
            own[:] = [[balance - gone, traced - part]] if balance > gone else []
        lots[payee].append([Fraction(fen), part])
        if part:
            traced_in[k] = part
    left = {account: sum((lot[1] for lot in own), Fraction(0)) for account, own in lots.items()}
    return traced_in, left


def tree():
    """Payments whose first one starts the trace; its payer does nothing before it."""
    return st.lists(
        st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde"), st.integers(1, 500), st.integers(0, 9)),
        max_size=25,
    )


def check_forward(rows, amount):
    rows = [("source", "a", 400, 0), *rows]
    cents = [(p, q, m * 100, d) for p, q, m, d in rows]
    found = trace(frame(*rows), "source", amount, payment="p0", hubs=HubPolicy(degree=None, kinds=()))
    for method in METHODS:
        legs, left = reference(cents, 0, amount * 100, method)
        ours = found.legs.set_index("row")[method]
        for k in range(len(rows)):
            assert float(ours.get(k, 0)) == pytest.approx(float(legs.get(k, 0)) / 100, abs=0.02 * len(rows)), (
                method,
                k,
            )
        for account, fen in left.items():
            assert found.at(account)[method] == pytest.approx(float(fen) / 100, abs=0.02 * len(rows))
        assert found.ends[method].sum() == pytest.approx(amount, abs=1e-6)  # not a fen is lost


@given(tree(), st.integers(1, 400))
@settings(max_examples=80, deadline=None)
def test_forward_agrees_with_the_reference(rows, amount):
    check_forward(rows, amount)


@pytest.mark.long
@given(tree(), st.integers(1, 400))
@settings(max_examples=2000, deadline=None)
def test_forward_agrees_with_the_reference_thousands_of_times(rows, amount):
    check_forward(rows, amount)


@given(tree())
@settings(max_examples=60, deadline=None)
def test_backward_is_forward_seen_from_the_other_end(rows):
    """What the whole first payment brings to a later one, and what the later one owes to the first, are equal."""
    rows = [("source", "a", 400, 0), *((p, q, m, d + 1) for p, q, m, d in rows)]
    everything = HubPolicy(degree=None, kinds=())
    ahead = trace(frame(*rows), "source", payment="p0", hubs=everything).legs.set_index("row")
    for k, (payer, payee, _, _) in enumerate(rows):
        if payer == payee or not k:
            continue
        back = trace(frame(*rows), payee, payment=f"p{k}", direction="backward", hubs=everything).legs.set_index("row")
        for method in ("fifo", "lifo", "pro_rata"):
            forth = float(ahead[method].get(k, 0))
            assert float(back[method].get(0, 0)) == pytest.approx(forth, abs=0.03 * len(rows)), (method, k)
        break
