"""The payments of people: wages, rent, mortgages, shops, friends, families, red packets, cash."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from caselens.sample._city import NOBODY, Array, City
from caselens.sample._time import DAYS, FIRST, LAST, festivals
from caselens.sample.background._payments import MEMO, People, crowd, emit, memos, repeat, some

#: Share of the background payments that each subject takes; contracts are paid first.
_SHARES = {
    "wages": 0.2, "rent": 0.05, "mortgage": 0.06, "shops": 0.35, "friends": 0.15, "family": 0.09, "packets": 0.08,
    "cash": 0.02,
}  # fmt: skip


def add(city: City, rng: Generator) -> None:
    """All subjects, together close to three quarters of what is wanted."""
    people = crowd(city, rng)
    plan = {name: round(0.77 * city.payments * share) for name, share in _SHARES.items()}
    _wages(city, rng, people, plan["wages"])
    _rent(city, rng, people, plan["rent"])
    _mortgage(city, rng, people, plan["mortgage"])
    _shops(city, rng, people, plan["shops"])
    _friends(city, rng, people, plan["friends"])
    _family(city, rng, people, plan["family"])
    _packets(city, rng, people, plan["packets"])
    _cash(city, rng, people, plan["cash"])


def _wages(city: City, rng: Generator, people: People, wanted: int) -> None:
    """Monthly pay by the unit or firm on file; who has none works for some firm, unless kin of a deciding official."""
    jobs = {row["person_id"]: row for row in city.rows["employments"]}
    employer = np.array(
        [city.account_of[(jobs[who]["org_id"], "bank")] if who in jobs else NOBODY for who in people.who]
    )
    since = np.array([(jobs[who]["start_date"] - FIRST).days if who in jobs else 0 for who in people.who])
    firms = np.array([city.account_of[(firm, "bank")] for trade in city.firms for firm in city.firms[trade]])
    until = np.array(
        [((jobs[who].get("end_date") or LAST) - FIRST).days if who in jobs else DAYS for who in people.who]
    )
    relation, turn, days = repeat(rng, wanted, 10, 60, 30, 3)
    staff = np.flatnonzero((employer != NOBODY) | (people.shy < 2))
    # Nobody is paid twice at a time before everybody was paid once.
    order = staff[np.argsort(rng.exponential(1.0, len(staff)) / people.weight[staff])]
    who = np.resize(order, relation.max() + 1)
    side = np.where(employer[who] != NOBODY, employer[who], rng.choice(firms, len(who)))
    base = np.exp(rng.normal(8.75, 0.4, len(who)))
    amount = base[relation] * (1.04 ** (turn // 12))
    varied = rng.random(len(who)) < 0.15
    amount += np.where(varied[relation], rng.choice([0, 0, 0, 312.5, 800], len(relation)), 0)
    amount += np.where(turn % 12 == 11, base[relation], 0)
    memo = np.where(turn % 12 == 11, MEMO["奖金"], np.where(rng.random(len(turn)) < 0.1, -1, MEMO["工资"]))
    channel = np.zeros(len(turn), dtype=np.int64)
    days = np.where((days < since[who][relation] + 15) | (days > until[who][relation] + 20), -1, days)
    emit(city, rng, days, side[relation], people.bank[who][relation], amount, memo, channel, early=9, late=17)


def _rent(city: City, rng: Generator, people: People, wanted: int) -> None:
    relation, _, days = repeat(rng, wanted, 6, 30, 30, 4)
    tenant = some(rng, people, relation.max() + 1, 0)
    landlord = some(rng, people, relation.max() + 1, 2)
    amount = np.round(np.exp(rng.normal(7.5, 0.45, relation.max() + 1)), -2)[relation]
    wallet = rng.random(relation.max() + 1)[relation] < 0.55
    payer = np.where(wallet, people.wechat[tenant][relation], people.bank[tenant][relation])
    payee = np.where(wallet, people.wechat[landlord][relation], people.bank[landlord][relation])
    emit(city, rng, days, payer, payee, amount, memos(rng, len(relation), ("房租",), 0.3), wallet.astype(np.int64))


def _mortgage(city: City, rng: Generator, people: People, wanted: int) -> None:
    relation, _, days = repeat(rng, wanted, 20, 110, 30, 0)
    who = some(rng, people, relation.max() + 1)
    banks = np.array([city.account_of[(bank, "bank")] for bank in city.units["银行"]])
    bank = rng.choice(banks, relation.max() + 1)
    amount = np.exp(rng.normal(8.2, 0.4, relation.max() + 1))[relation]
    zero = np.zeros(len(relation), dtype=np.int64)
    emit(
        city, rng, days, people.bank[who][relation], bank[relation], amount, zero + MEMO["房贷"], zero, early=1, late=5
    )


def _shops(city: City, rng: Generator, people: People, wanted: int) -> None:
    who = some(rng, people, wanted)
    trades = ("餐饮", "商贸", "汽车", "酒店", "药品")
    shops = np.array([city.account_of[(firm, "bank")] for trade in trades for firm in city.firms[trade]])
    weight = rng.pareto(1.2, len(shops)) + 0.1
    shop = rng.choice(shops, wanted, p=weight / weight.sum())
    channel = rng.choice(np.array([1, 2, 4, 0]), wanted, p=[0.5, 0.25, 0.2, 0.05])
    payer = np.where(channel == 1, people.wechat[who], np.where(channel == 2, people.alipay[who], people.bank[who]))
    amount = np.exp(rng.normal(4.4, 1.3, wanted)).clip(2, 90_000)
    emit(
        city,
        rng,
        rng.integers(0, DAYS, wanted),
        payer,
        shop,
        amount,
        memos(rng, wanted, ("消费", "消费", "定金", "代购", "充值", "直播打赏", "退款", "购房款"), 0.5),
        channel,
    )


def _friends(city: City, rng: Generator, people: People, wanted: int) -> None:
    """Circles of friends: sums go both ways, but some circles have a tutor, a cook or a driver whom others pay.

    People with power over others have friends without a firm only: who pays an official is what is planted.
    """
    relation, _, days = repeat(rng, wanted, 1, 24, 40, 38)
    pairs = relation.max() + 1
    one = some(rng, people, pairs, 2)
    other = some(rng, people, pairs, 0)
    free = people.shy[one] < 2
    other = np.where(free, np.where(rng.random(pairs) < 0.5, some(rng, people, pairs, 1), other), other)
    oneway = rng.random(pairs) < np.where(free, 0.3, 0.04)
    back = ~oneway[relation] & (rng.random(len(relation)) < 0.5)
    payer, payee = np.where(back, one[relation], other[relation]), np.where(back, other[relation], one[relation])
    channel = rng.choice(3, pairs, p=[0.2, 0.65, 0.15])[relation]
    sides = (people.bank, people.wechat, people.alipay)
    side = [np.choose(channel, [column[who] for column in sides]) for who in (payer, payee)]
    large = rng.random(len(relation)) < 0.02
    amount = np.exp(rng.normal(5.6, 1.0, len(relation))) * np.where(large, 30, 1)
    amount = np.where(rng.random(len(relation)) < 0.5, np.ceil(amount / 100) * 100, amount)
    words = ("转账", "微信转账", "AA", "饭钱", "代购", "还款", "借款", "茶叶", "过年", "周转", "辛苦费")
    emit(city, rng, days, side[0], side[1], amount, memos(rng, len(relation), words, 0.45), channel)


def _kin(city: City, people: People) -> tuple[Array, Array]:
    place = {int(who): number for number, who in enumerate(people.who)}
    pairs = [(place[row["person_id"]], place[row["relative_id"]]) for row in city.rows["kinships"]]
    one, other = (np.array(side) for side in zip(*pairs, strict=True))
    return one, other


def _family(city: City, rng: Generator, people: People, wanted: int) -> None:
    one, other = _kin(city, people)
    relation, _, days = repeat(rng, wanted, 2, 30, 45, 40)
    pair = rng.integers(0, len(one), relation.max() + 1)
    flip = rng.random(len(relation)) < 0.4
    payer = np.where(flip, other[pair][relation], one[pair][relation])
    payee = np.where(flip, one[pair][relation], other[pair][relation])
    wallet = rng.random(len(relation)) < 0.6
    amount = np.ceil(np.exp(rng.normal(7.0, 1.1, len(relation))) / 100) * 100
    side = [np.where(wallet, people.wechat[who], people.bank[who]) for who in (payer, payee)]
    words = ("生活费", "孝敬父母", "学费", "转账", "往来")
    emit(city, rng, days, side[0], side[1], amount, memos(rng, len(relation), words, 0.4), wallet.astype(np.int64))


def _packets(city: City, rng: Generator, people: People, wanted: int) -> None:
    one, other = _kin(city, people)
    kin = rng.random(wanted) < 0.5
    pair = rng.integers(0, len(one), wanted)
    payer = np.where(kin, one[pair], some(rng, people, wanted, 0))
    payee = np.where(kin, other[pair], some(rng, people, wanted, 1))
    flip = rng.random(wanted) < 0.5
    payer, payee = np.where(flip & kin, payee, payer), np.where(flip & kin, payer, payee)
    days = rng.choice(np.array(festivals()), wanted) + rng.integers(0, 3, wanted)
    amount = rng.choice([6.66, 8.88, 52, 66, 88, 100, 166, 188, 200, 520, 600, 800, 1000, 2000], wanted)
    words = ("新年快乐", "红包", "中秋快乐", "过年")
    emit(
        city,
        rng,
        days,
        people.wechat[payer],
        people.wechat[payee],
        amount,
        memos(rng, wanted, words),
        np.ones(wanted, np.int64),
    )


def _cash(city: City, rng: Generator, people: People, wanted: int) -> None:
    """Money drawn at a machine or paid in over the counter."""
    chosen = some(rng, people, wanted, 2)
    who = people.bank[chosen]
    out = (rng.random(wanted) < 0.7) | (people.shy[chosen] == 2)
    amount = rng.choice(
        [500, 1000, 2000, 3000, 5000, 10_000, 20_000, 50_000], wanted, p=[0.2, 0.22, 0.2, 0.12, 0.12, 0.08, 0.05, 0.01]
    )
    memo = np.where(out, MEMO["取现"], MEMO["存现"])
    desk = np.full(wanted, city.counter)
    emit(
        city,
        rng,
        rng.integers(0, DAYS, wanted),
        np.where(out, who, desk),
        np.where(out, desk, who),
        amount,
        memo,
        np.full(wanted, 3),
    )
