"""What is on file in full: coverage of tables and accounts, and bank lines with balances of a few accounts."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from caselens.sample import _desk
from caselens.sample._city import Array, City, Coded
from caselens.sample._time import FIRST, LAST

_COMPLETE = (
    "tenders",
    "bids",
    "contracts",
    "project_events",
    "licences",
    "review_votes",
    "benefit_payouts",
    "applications",
)


def add(city: City, rng: Generator) -> None:
    """Coverage for whole tables, for the watched accounts and for some others; lines for a dozen of them."""
    for table in _COMPLETE:
        city.add(
            "coverage", table=table, scope=None, period_start=FIRST, period_end=LAST, is_complete=True, basis="移交清单"
        )
    persons = [account for (holder, kind), account in city.account_of.items() if kind in ("bank", "wechat")]
    others = rng.choice(persons, min(len(persons), 300 + len(persons) // 20), replace=False)
    full = sorted(city.watched | set(city.lined) | {int(account) for account in others})
    for account in full:
        city.add(
            "coverage",
            table="payments",
            scope=city.mention(account),
            period_start=FIRST,
            period_end=LAST,
            is_complete=True,
            basis="银行查询回执",
        )
    for account, (first, last) in sorted(city.sealed.items()):
        city.add(
            "coverage",
            table="statement_lines",
            scope=city.mention(account),
            period_start=first,
            period_end=last,
            is_complete=True,
            basis="银行查询回执",
        )
    city.add(
        "coverage",
        table="kinships",
        scope=None,
        period_start=FIRST,
        period_end=LAST,
        is_complete=False,
        basis="领导干部报告",
    )
    busy = sorted(city.watched)[:4] + [int(account) for account in others[:10]] + sorted(city.lined)
    _lines(city, rng, sorted(set(busy)))


def _column(city: City, name: str) -> Array:
    dtype = np.dtype({"paid_at": "datetime64[s]", "amount": "float64"}.get(name, "int64"))
    rows = np.array([row[name] for row in city.rows["payments"]], dtype=dtype)
    return np.concatenate([rows, *(np.asarray(block[name]).astype(dtype) for block in city.blocks["payments"])])


def _kept(city: City, account: int, paid_at: Array) -> Array:
    """Which movements the bank handed over: all but those of a missing period."""
    if account not in city.gaps:
        return np.ones(len(paid_at), dtype=bool)
    first, last = (np.datetime64(day, "s") for day in city.gaps[account])
    return (paid_at < first) | (paid_at >= last)


def _lines(city: City, rng: Generator, accounts: list[int]) -> None:
    """One line for each movement of each account, with the running balance, as a bank prints it."""
    columns = {
        name: _column(city, name) for name in ("payment_id", "paid_at", "payer_account", "payee_account", "amount")
    }
    holder = {row["account_id"]: row.get("holder_name") for row in city.rows["accounts"]}
    for account in accounts:
        mine = np.flatnonzero((columns["payer_account"] == account) | (columns["payee_account"] == account))
        if not len(mine):
            continue
        mine = mine[np.argsort(columns["paid_at"][mine], kind="stable")]
        out = columns["payer_account"][mine] == account
        amount = columns["amount"][mine]
        run = np.cumsum(np.where(out, -amount, amount))
        opening = float(round(max(0.0, -run.min()) + rng.uniform(200, 30_000), 2))
        other = np.where(out, columns["payee_account"][mine], columns["payer_account"][mine])
        mac = city.lined.get(account) or _desk.machine(rng)["device_mac"]
        web = rng.random(len(mine)) < 0.6
        keep = _kept(city, account, columns["paid_at"][mine])
        mine, run, out, amount, other, web = mine[keep], run[keep], out[keep], amount[keep], other[keep], web[keep]
        count = len(mine)
        city.add_block(
            "statement_lines",
            {
                "account_id": np.full(count, account),
                "booked_at": columns["paid_at"][mine],
                "direction": Coded(out.astype(np.int64), ("in", "out")),
                "amount": amount,
                "currency": Coded(np.zeros(count, np.int64), ("CNY",)),
                "balance_after": np.round(opening + run, 2),
                "counterparty_account": Coded(np.arange(count), tuple(city.mention(int(item)) for item in other)),
                "counterparty_name": Coded(np.arange(count), tuple(holder[int(item)] or "" for item in other)),
                "bank_reference": Coded(
                    np.arange(count), tuple(f"{int(n):012d}" for n in rng.integers(0, 10**12, count))
                ),
                "state": Coded(np.zeros(count, np.int64), ("booked",)),
                "device_mac": Coded(np.where(out & web, 0, -1), (mac,)),
                "payment_id": columns["payment_id"][mine],
            },
        )
