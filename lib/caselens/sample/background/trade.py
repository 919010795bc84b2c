"""The payments of firms and units: bills and taxes, trade, agents who pass money on, and the price of contracts."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from caselens.sample import _making
from caselens.sample._city import Array, City
from caselens.sample._time import DAYS
from caselens.sample.background._payments import MEMO, People, crowd, emit, memos, repeat, some

_SHARES = {"bills": 0.35, "trade": 0.5, "agents": 0.15}


def add(city: City, rng: Generator) -> None:
    """Contracts as they fall due; bills, trade and agents with what is left of a quarter of the payments."""
    public = _public(city, rng)
    people = crowd(city, rng)
    firms = np.array(
        [
            city.account_of[(row["org_id"], "bank")]
            for row in city.rows["organizations"]
            if row["kind"] == "private" and row["org_id"] not in city.idle
        ]
    )
    left = max(200, 0.23 * city.payments - public)
    plan = {name: round(left * share) for name, share in _SHARES.items()}
    _bills(city, rng, people, firms, plan["bills"])
    _trade(city, rng, firms, plan["trade"])
    _agents(city, rng, people, firms, plan["agents"])


def _proper(city: City, payer: Array, payee: Array) -> Array:
    """Whether trade is without a question: a firm of an official's kin sells to nobody whom offices deal with."""
    dealing = [
        city.account_of[(firm, "bank")]
        for trade in city.firms
        for firm in city.firms[trade]
        if trade in _making.PROCURED or trade in ("煤矿", "采石", "拆迁", "运输", "医疗", "药品")
    ]
    kin = [
        city.account_of[(firm, "bank")]
        for firm in sorted(city.kin_firms | city.quiet)
        if (firm, "bank") in city.account_of
    ]
    return ~(np.isin(payer, dealing) & np.isin(payee, kin))


def _bills(city: City, rng: Generator, people: People, firms: Array, wanted: int) -> None:
    hub = {
        key: city.account_of[(city.units[key][0], "bank")]
        for key in ("自来水公司", "供电公司", "燃气公司", "通信公司", "税务局", "社保中心", "住房公积金中心")
    }
    memos = ("水费", "电费", "燃气费", "话费", "税款", "社保", "公积金")
    accounts = np.array(list(hub.values()))
    which = rng.choice(7, wanted, p=[0.14, 0.22, 0.12, 0.22, 0.14, 0.1, 0.06])
    by_firm = which >= 4
    payer = np.where(by_firm, rng.choice(firms, wanted), people.wechat[some(rng, people, wanted)])
    amount = np.where(by_firm, np.exp(rng.normal(8.8, 1.4, wanted)), np.exp(rng.normal(4.6, 0.6, wanted)))
    memo = np.array([MEMO[word] for word in memos])[which]
    emit(city, rng, rng.integers(0, DAYS, wanted), payer, accounts[which], amount, memo, np.where(by_firm, 0, 1))


def _trade(city: City, rng: Generator, firms: Array, wanted: int) -> None:
    relation, _, days = repeat(rng, wanted, 1, 30, 35, 30)
    weight = rng.pareto(1.3, len(firms)) + 0.1
    one = rng.choice(firms, relation.max() + 1, p=weight / weight.sum())
    other = rng.choice(firms, relation.max() + 1)
    amount = np.exp(rng.normal(10.2, 1.3, relation.max() + 1))[relation] * np.exp(rng.normal(0, 0.5, len(relation)))
    amount = np.where(rng.random(len(relation)) < 0.25, np.ceil(amount / 1000) * 1000, amount)
    words = (
        "货款",
        "材料款",
        "服务费",
        "运费",
        "咨询费",
        "往来款",
        "定金",
        "代付",
        "资金归集",
        "资金下拨",
        "利息",
        "投资款",
        "代理费",
    )
    keep = _proper(city, one, other)[relation]
    one, other, memo = one[relation][keep], other[relation][keep], memos(rng, int(keep.sum()), words)
    emit(city, rng, days[keep], one, other, amount[keep], memo, np.zeros(len(one), np.int64))


def _agents(city: City, rng: Generator, people: People, firms: Array, wanted: int) -> None:
    """Distributors and payroll agents: what comes in goes out again within days, less a small share."""
    trades = [
        city.account_of[(firm, "bank")]
        for name in ("劳务", "商贸")
        for firm in city.firms[name]
        if firm not in city.quiet | city.kin_firms
    ]
    runs = max(1, wanted // 10)
    free = np.array(sorted(set(firms.tolist()) - {city.account_of[(firm, "bank")] for firm in city.kin_firms}))
    agent, payer = rng.choice(np.array(trades), runs), rng.choice(free, runs)
    come = rng.integers(0, DAYS - 12, runs)
    total = np.exp(rng.normal(11.4, 0.8, runs))
    emit(city, rng, come, payer, agent, total, memos(rng, runs, ("货款", "劳务费", "服务费")), np.zeros(runs, np.int64))
    payroll = rng.random(runs) < 0.5
    parts = np.where(payroll, rng.integers(8, 16, runs), rng.integers(1, 4, runs))
    run = np.repeat(np.arange(runs), parts)
    raw = rng.gamma(9.0, 1.0, len(run))
    amount = total[run] * raw / np.bincount(run, raw)[run] * rng.uniform(0.8, 0.98, runs)[run]
    payee = np.where(payroll[run], people.bank[some(rng, people, len(run), 0)], rng.choice(free, len(run)))
    memo = np.where(payroll[run], MEMO["代发工资"], memos(rng, len(run), ("货款", "材料款")))
    emit(
        city,
        rng,
        come[run] + rng.integers(1, 8, len(run)),
        agent[run],
        payee,
        amount,
        memo,
        np.zeros(len(run), np.int64),
    )


def _public(city: City, rng: Generator) -> int:
    """Contracts are paid in one to three parts, the last after acceptance (and audit), never more than agreed."""
    made = 0
    for contract, buyer, firm, amount, signed, accepted, settled in city.bought:
        parts = np.where(amount < 1e5, 1, rng.integers(1, 4, len(amount)))
        row = np.repeat(np.arange(len(amount)), parts)
        turn = np.arange(len(row)) - np.repeat(np.cumsum(parts) - parts, parts)
        last = turn == parts[row] - 1
        under_way = signed[row] + ((accepted - signed)[row] * rng.uniform(0.5, 0.9, len(row))).astype(int)
        days = np.where(last, np.maximum(accepted, settled)[row] + rng.integers(8, 60, len(row)), under_way)
        share = np.where(
            parts[row] == 1,
            1.0,
            np.where(parts[row] == 2, np.where(turn == 0, 0.9, 0.1), np.array([0.5, 0.4, 0.1])[turn]),
        )
        bank = {int(org): city.account_of[(int(org), "bank")] for org in np.unique(np.concatenate([buyer, firm]))}
        side = [np.array([bank[int(org)] for org in column])[row] for column in (buyer, firm)]
        memo = memos(rng, len(row), ("工程款", "进度款", "货款", "服务费", "质保金"))
        made += emit(
            city,
            rng,
            days,
            side[0],
            side[1],
            np.floor(amount[row] * share * 100) / 100,
            memo,
            np.zeros(len(row), np.int64),
            contract[row],
            early=9,
            late=17,
        )
    return made
