"""Payments out of statement lines: hand-made statements of two banks, and what must hold for any lines at all."""

from __future__ import annotations

import itertools
import tempfile
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caselens.core.errors import DataError
from caselens.workspace.movements import Derived, derive_payments

LINE = (
    "line_id",
    "account_id",
    "booked_at",
    "direction",
    "amount",
    "counterparty_account",
    "counterparty_name",
    "state",
    "is_cash",
)
A, B, C = "6200000000000001", "6200000000000002", "6200000000000003"
ACCOUNTS = [(A, "林甲", "bank"), (B, "周乙", "bank"), (C, "青山建设有限公司", "bank")]


def line(
    line_id: str, account: str, at: str, amount: str, other: str = "", name: str = "", **more: object
) -> dict[str, object]:
    """A line; a minus in the amount is money out."""
    direction = "out" if amount.startswith("-") else "in"
    content = (
        line_id,
        account,
        at,
        direction,
        amount.lstrip("-"),
        other or None,
        name or None,
        more.pop("state", "booked"),
        None,
    )
    return {**dict(zip(LINE, content, strict=True)), **more}


class Result:
    """What was derived, as Python rows."""

    def __init__(self, derived: Derived) -> None:
        self.counts = derived.counts
        with duckdb.connect() as con:
            self.payments = con.execute(
                "SELECT payer_account, payee_account, CAST(amount AS VARCHAR), CAST(paid_at AS VARCHAR), payment_id, channel, memo "
                f"FROM '{derived.payments}' ORDER BY paid_at, payer_account, payee_account"
            ).fetchall()
            self.lines = {
                row[0]: row[1:]
                for row in con.execute(f"SELECT line_id, payment_id, part, rule FROM '{derived.lines}'").fetchall()
            }
            self.accounts = {
                row[0]: row[1:]
                for row in con.execute(f"SELECT account_id, holder_name, kind FROM '{derived.accounts}'").fetchall()
            }

    @property
    def moved(self) -> list[tuple[str, str, str]]:
        return [row[:3] for row in self.payments]


def derive(
    lines: Sequence[dict[str, object]],
    payments: Sequence[tuple[str, str, str, str, str]] | None = None,
    accounts: Sequence[tuple[str, str, str]] | None = ACCOUNTS,
    **options: int,
) -> Result:
    columns = list(dict.fromkeys(itertools.chain(LINE, *lines)))
    with duckdb.connect() as con, tempfile.TemporaryDirectory() as folder:
        kinds = {"booked_at": "TIMESTAMP", "amount": "DECIMAL(18,2)", "is_cash": "BOOLEAN"}
        typed = ", ".join(f"{name} {kinds.get(name) or 'VARCHAR'}" for name in columns)
        con.execute(f"CREATE TABLE line ({typed})")
        con.execute("SET threads = 1")
        if lines:
            values = [[row.get(name) for name in columns] for row in lines]
            con.executemany(f"INSERT INTO line VALUES ({', '.join('?' * len(columns))})", values)
        con.execute("CREATE TABLE account (account_id VARCHAR, holder_name VARCHAR, kind VARCHAR)")
        con.execute(
            "CREATE TABLE payment (payment_id VARCHAR, paid_at TIMESTAMP, payer_account VARCHAR, payee_account VARCHAR, amount DECIMAL(18,2))"
        )
        for account in accounts or ():
            con.execute("INSERT INTO account VALUES (?, ?, ?)", account)
        for payment in payments or ():
            con.execute("INSERT INTO payment VALUES (?, ?, ?, ?, ?)", payment)
        return Result(
            derive_payments(
                con,
                "SELECT * FROM line",
                None if payments is None else "payment",
                None if accounts is None else "account",
                Path(folder) / "new",
                **options,
            )
        )


# --- both sides of a transfer ---------------------------------------------------------------------------------------------


def test_both_sides_become_one_payment() -> None:
    found = derive([
        line("a1", A, "2024-01-02 10:00:00", "-500.00", B, "周乙", memo="借款"),
        line("b1", B, "2024-01-02 10:00:03", "500.00", A, "林甲", memo="林甲转入"),
    ])  # fmt: skip
    assert found.moved == [(A, B, "500.00")]
    assert found.payments[0][3] == "2024-01-02 10:00:00"  # the payer's moment
    assert found.payments[0][6] == "借款；林甲转入"
    assert found.lines["a1"][1:] == ("payer", "both accounts")
    assert found.lines["b1"][1:] == ("payee", "both accounts")
    assert found.lines["a1"][0] == found.lines["b1"][0] == found.payments[0][4]
    assert found.accounts == {}


@pytest.mark.parametrize(
    ("there", "back", "rule"),
    [
        ((B, ""), ("", "林甲"), "account, name back"),
        (("", "周乙"), (A, ""), "name, account back"),
        ((B, ""), ("", ""), "account, silent back"),
        (("", ""), (A, ""), "silent, account back"),
        (("", "周乙"), ("", "林甲"), "both names"),
        (("", "周 乙"), ("", ""), "name, silent back"),
        (("", ""), ("", "林甲"), "silent, name back"),
    ],
)
def test_one_side_may_say_less(there: tuple[str, str], back: tuple[str, str], rule: str) -> None:
    found = derive([line("a1", A, "2024-01-02", "-500.00", *there), line("b1", B, "2024-01-03", "500.00", *back)])
    assert found.moved == [(A, B, "500.00")]
    assert found.lines["a1"][2] == rule


@pytest.mark.parametrize(
    "other",
    [
        line("b1", B, "2024-01-02", "500.00", C, "青山建设有限公司"),  # the money came from somebody else
        line("b1", B, "2024-01-02", "500.01", A, "林甲"),  # another amount
        line("b1", B, "2024-01-04", "500.00", A, "林甲"),  # two days later, one allowed
        line("b1", B, "2024-01-02", "500.00", A, "林甲", currency="USD"),  # another currency
        line("b1", B, "2024-01-02", "-500.00", A, "林甲"),  # the same direction
        line("b1", B, "2024-01-02", "500.00", A, "林甲", state="failed"),
    ],
)
def test_what_is_not_the_other_side(other: dict[str, object]) -> None:
    found = derive([line("a1", A, "2024-01-02", "-500.00", B, "周乙"), other])
    assert found.lines["a1"][2] == "one side"


def test_notes_over_the_counter_are_no_side_of_a_transfer() -> None:
    drawn = {**line("a1", A, "2024-01-02", "-500.00"), "is_cash": True}
    found = derive([drawn, line("b1", B, "2024-01-02", "500.00", "", "林甲")])
    assert found.moved == [(A, f"cash:{A}", "500.00"), (f"name:林甲@{B}", B, "500.00")]


def test_equal_transfers_are_matched_by_time_and_each_once() -> None:
    found = derive([
        line("a1", A, "2024-01-02 09:00:00", "-5.00", B), line("a2", A, "2024-01-02 10:00:00", "-5.00", B),
        line("a3", A, "2024-01-02 15:00:00", "-5.00", B),
        line("b1", B, "2024-01-02 10:00:05", "5.00", A), line("b2", B, "2024-01-02 15:00:05", "5.00", A),
    ])  # fmt: skip
    assert found.moved == [(A, B, "5.00")] * 3
    assert found.lines["a2"][0] == found.lines["b1"][0]
    assert found.lines["a3"][0] == found.lines["b2"][0]
    assert found.lines["a1"][2] == "one side"


def test_card_numbers_and_masked_numbers_lead_to_the_account() -> None:
    masked = "青禾银行:6211****0099"
    found = derive(
        [
            line("a1", A, "2024-01-02", "-5.00", "6299999999990001", card_number="6288888888880001"),
            line("b1", B, "2024-01-02", "5.00", "6288888888880001", card_number="6299999999990001"),
            line("a2", A, "2024-01-03", "-7.00", "6211345678900099"),
            line("m1", masked, "2024-01-03", "7.00", A),
            line("c1", C, "2024-01-05", "-9.00", "6200********0002"),
            line("b2", B, "2024-01-05", "9.00", C),
        ]
    )
    assert found.moved == [(A, B, "5.00"), (A, masked, "7.00"), (C, B, "9.00")]


def test_a_reference_that_both_sides_print_joins_them() -> None:
    lines = [line("a1", A, "2024-01-02", "-5.00", "", "备注名", bank_reference="100039000001")]
    other = line("b1", B, "2024-01-02", "5.00", "", "昵称", bank_reference="100039000001")
    assert derive([*lines, other]).moved == [(A, B, "5.00")]
    for reference in ("100039000002", "00000000", "17"):  # another, a filler, a number too short to mean anything
        assert len(derive([{**lines[0], "bank_reference": reference}, other]).payments) == 2


def test_transfers_between_accounts_of_one_holder() -> None:
    accounts = [(A, "林甲", "bank"), (B, "林甲", "bank")]
    found = derive(
        [line("a1", A, "2024-01-02", "-5.00", "", "林甲"), line("b1", B, "2024-01-02", "5.00", "", "林甲")],
        accounts=accounts,
    )
    assert found.moved == [(A, B, "5.00")]


# --- one side -----------------------------------------------------------------------------------------------------------


def test_one_sided_lines_name_the_other_account_as_well_as_they_can() -> None:
    found = derive([
        line("1", A, "2024-01-01", "-1.00", "6299999999999999", "吴丙"),
        line("2", A, "2024-01-02", "2.00", "", "吴丙"),
        line("3", B, "2024-01-03", "3.00", "", "吴丙"),
        {**line("4", A, "2024-01-04", "4.00"), "is_cash": True},
        line("5", A, "2024-01-05", "-5.00"),
        line("6", A, "2024-01-06", "-6.00", "6255****1111", "郑丁"),
        line("7", A, "2024-01-07", "-7.00", A, "林甲"),
    ])  # fmt: skip
    assert found.moved == [
        (A, "6299999999999999", "1.00"),
        (f"name:吴丙@{A}", A, "2.00"),
        (f"name:吴丙@{B}", B, "3.00"),  # a namesake until somebody decides otherwise
        (f"cash:{A}", A, "4.00"),
        (A, f"unknown:{A}", "5.00"),
        (A, f"masked:6255****1111@{A}", "6.00"),
        (A, f"name:林甲@{A}", "7.00"),  # an account does not pay itself
    ]
    assert found.payments[3][5] == "cash"
    assert found.accounts[f"cash:{A}"] == (None, "cash")
    assert found.accounts["6299999999999999"] == ("吴丙", "bank")
    assert found.accounts[f"masked:6255****1111@{A}"] == ("郑丁", "bank")
    assert A not in found.accounts


# --- states --------------------------------------------------------------------------------------------------------------


def test_failed_reversed_and_refunded_lines() -> None:
    found = derive([
        line("f", A, "2024-01-01", "-1.00", C, state="failed"),
        line("o", A, "2024-01-02", "-100.00", C),
        line("r", A, "2024-01-05", "100.00", C, state="reversed"),
        line("lone", A, "2024-01-06", "8.00", C, state="reversed"),
        line("p", A, "2024-01-07", "-30.00", C, state="refunded"),
        line("q", A, "2024-01-08", "30.00", C),
    ])  # fmt: skip
    assert {key: value[1] for key, value in found.lines.items()} == {
        "f": "failed", "o": "cancelled", "r": "cancelled", "lone": "payee", "p": "payer", "q": "payee",
    }  # fmt: skip
    assert found.moved == [(C, A, "8.00"), (A, C, "30.00"), (C, A, "30.00")]  # the refund is a movement back
    assert found.counts == {
        "lines": 6, "failed": 1, "cancelled": 2, "given": 0, "paired": 0, "one_sided": 3, "reversals_alone": 1, "refunded": 1,
        "payments": 3,
    }  # fmt: skip


def test_a_reversal_takes_back_the_latest_line_before_it() -> None:
    found = derive([
        line("o1", A, "2024-01-02", "-100.00", C), line("o2", A, "2024-01-04", "-100.00", C),
        line("r", A, "2024-01-05", "100.00", C, state="reversed"), line("o3", A, "2024-01-06", "-100.00", C),
    ])  # fmt: skip
    assert [key for key, value in found.lines.items() if value[1] == "cancelled"] == ["o2", "r"]


def test_a_reversal_does_not_take_back_what_comes_later_the_same_day() -> None:
    found = derive([
        line("r", A, "2024-01-05 10:00:00", "100.00", C, state="reversed"), line("o", A, "2024-01-05 15:00:00", "-100.00", C),
    ])  # fmt: skip
    assert [part for _, part, _ in found.lines.values()] == ["payer", "payee"]


def test_both_lines_may_be_marked_as_reversed() -> None:
    found = derive([
        line("o", A, "2024-01-05 10:00:00", "-100.00", C, state="reversed"),
        line("r", A, "2024-01-05 11:00:00", "100.00", C, state="reversed"),
    ])  # fmt: skip
    assert found.moved == []
    assert found.counts["cancelled"] == 2


# --- payments that are given ------------------------------------------------------------------------------------------------


def test_lines_of_given_payments_add_no_money() -> None:
    found = derive(
        [
            line("a1", A, "2024-01-02", "-500.00", B),
            line("b1", B, "2024-01-03", "500.00", "", "林甲"),
            line("a2", A, "2024-01-09", "-6.00", "", "吴丙", payment_id="p2"),
            line("a3", A, "2024-01-02", "-500.00", C),
        ],
        payments=[("p1", "2024-01-02", A, B, "500.00"), ("p2", "2024-01-08", A, "x", "6.00")],
    )
    assert found.moved == [(A, C, "500.00")]
    assert [found.lines[key][:2] for key in ("a1", "b1", "a2")] == [("p1", "given"), ("p1", "given"), ("p2", "given")]


def test_a_given_payment_takes_one_line_of_each_side() -> None:
    lines = [line(f"a{i}", A, "2024-01-02", "-500.00", B) for i in range(3)]
    found = derive(lines, payments=[("p1", "2024-01-02", A, B, "500.00")])
    assert Counter(part for _, part, _ in found.lines.values()) == {"given": 1, "payer": 2}


def test_a_number_nobody_knows_does_not_hide_a_given_payment() -> None:
    lines = [
        line("a1", A, "2024-01-02", "-500.00", "6277777777777777", "周乙"),
        line("a2", A, "2024-01-05", "-6.00", C, "周乙"),
    ]
    found = derive(lines, payments=[("p1", "2024-01-02", A, B, "500.00"), ("p2", "2024-01-05", A, B, "6.00")])
    assert found.lines["a1"][:2] == ("p1", "given")  # perhaps his card's number: name, amount and day agree
    assert found.moved == [(A, C, "6.00")]  # a known account of somebody else does not agree


# --- wallets -----------------------------------------------------------------------------------------------------------------


def test_a_purchase_by_card_through_a_wallet_is_one_movement() -> None:
    wallet = "wxid_linjia"
    found = derive([
        line("w1", wallet, "2024-01-02 10:00:00", "-28.00", "", "某店", instrument="青禾银行(0001)"),
        line("a1", A, "2024-01-02 10:00:02", "-28.00", "", "财付通-某店"),
        line("w2", wallet, "2024-01-03 10:00:00", "200.00", "", "青禾银行(0001)", instrument="青禾银行(0001)"),
        line("a2", A, "2024-01-03 10:00:01", "-200.00", "", "财付通"),
        line("w3", wallet, "2024-01-04 10:00:00", "-9.00", "", "某店", instrument="零钱"),
    ], accounts=[*ACCOUNTS, (wallet, "林甲", "wechat")])  # fmt: skip
    assert found.moved == [
        (A, f"name:某店@{wallet}", "28.00"),
        (A, wallet, "200.00"),
        (wallet, f"name:某店@{wallet}", "9.00"),
    ]
    assert found.lines["w1"][1:] == ("wallet", "wallet and card")
    assert [row[5] for row in found.payments] == ["wechat"] * 3


# --- what must hold for any lines ----------------------------------------------------------------------------------------------

NAMES = {A: "林甲", B: "周乙", C: "青山建设有限公司"}
ANY = st.lists(
    st.tuples(
        st.sampled_from([A, B, C]), st.integers(1, 4), st.sampled_from(["", " 10:00:00", " 10:00:01", " 22:30:00"]), st.sampled_from("+-"),
        st.sampled_from(["1.00", "2.00"]), st.sampled_from(["", A, B, C, "6200****0002", "x"]),
        st.sampled_from(["", "林甲", "周乙", "吴丙"]), st.sampled_from(["booked", "booked", "booked", "failed", "reversed", "refunded"]),
    ),
    max_size=30,
)  # fmt: skip


def as_lines(drawn: Sequence[tuple[str, int, str, str, str, str, str, str]]) -> list[dict[str, object]]:
    return [
        line(
            f"l{i:02d}",
            account,
            f"2024-01-0{day}{clock}",
            ("-" if sign == "-" else "") + amount,
            other,
            name,
            state=state,
        )
        for i, (account, day, clock, sign, amount, other, name, state) in enumerate(drawn)
    ]


@settings(max_examples=15)
@given(ANY, st.integers(0, 2), st.booleans())
def test_every_line_is_in_one_place_and_no_money_is_made_or_lost(
    drawn: list[tuple], tolerance: int, with_given: bool
) -> None:
    lines = as_lines(drawn)
    payments = [("p1", "2024-01-02", A, B, "1.00"), ("p2", "2024-01-03", B, C, "2.00")] if with_given else None
    found = derive(lines, payments, day_tolerance=tolerance)
    assert set(found.lines) == {str(row["line_id"]) for row in lines}
    counts = found.counts
    assert (
        counts["lines"]
        == sum(counts[part] for part in ("failed", "cancelled", "given", "paired", "one_sided"))
        == len(lines)
    )
    by_id = {str(row["line_id"]): row for row in lines}
    derived = {row[4]: row for row in found.payments}
    assert len(derived) == len(found.payments)
    # For each account of a statement: money in and out by payments = money in and out by its lines that are in a payment.
    by_lines: Counter[tuple[str, str]] = Counter()
    sides: dict[str, list[dict[str, object]]] = {}
    for key, (payment, part, _) in found.lines.items():
        row = by_id[key]
        assert (part == "failed") == (row["state"] == "failed")
        if part in ("payer", "payee"):
            by_lines[str(row["account_id"]), part] += Decimal(str(row["amount"]))
            sides.setdefault(payment, []).append(row)
            assert (part == "payer") == (row["direction"] == "out")
    assert set(sides) == set(derived)
    for payment, rows in sides.items():
        assert len(rows) == len({row["direction"] for row in rows}) <= 2
        assert {Decimal(str(row["amount"])) for row in rows} == {Decimal(derived[payment][2])}
        payer, payee = derived[payment][:2]
        assert payer != payee
        for row in rows:
            assert row["account_id"] == (payer if row["direction"] == "out" else payee)
        days = [int(str(row["booked_at"])[8:10]) for row in rows]
        assert max(days) - min(days) <= tolerance
    for account in (A, B, C):
        for part, side in (("payer", 0), ("payee", 1)):
            own = {payment for payment, rows in sides.items() if any(r["account_id"] == account for r in rows)}
            total = sum(
                (Decimal(row[2]) for row in found.payments if row[side] == account and row[4] in own), Decimal(0)
            )
            assert total == by_lines[account, part]


@settings(max_examples=5)
@given(ANY, st.randoms(use_true_random=False))
def test_the_order_of_the_lines_is_irrelevant(drawn: list[tuple], random: object) -> None:
    lines = as_lines(drawn)
    shuffled = list(lines)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = derive(lines), derive(shuffled)
    assert (first.payments, first.lines, first.accounts) == (second.payments, second.lines, second.accounts)


# --- what is refused -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([line("1", A, "2024-01-01", "1.00")] * 2, "occur twice"),
        ([{**line("1", A, "2024-01-01", "1.00"), "booked_at": None}], "lack account"),
        ([{**line("1", A, "2024-01-01", "1.00"), "direction": "IN"}], "lack account"),
        ([{**line("1", A, "2024-01-01", "1.00"), "amount": "0"}], "lack account"),
    ],
)
def test_lines_that_break_their_contract_stop_the_derivation(lines: list[dict[str, object]], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        derive(lines)


def test_no_lines_no_accounts() -> None:
    found = derive([], accounts=None)
    assert (found.payments, found.lines, found.accounts) == ([], {}, {})
    assert found.counts["lines"] == 0
