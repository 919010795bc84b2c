"""The payments of everyday life: wages, rent, shops, bills, families, red packets, trade, agents, contracts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from caselens.sample._city import NOBODY, Array, City, Coded
from caselens.sample._time import DAYS, festivals, moments

#: Share of all background payments that each subject takes; public contracts take what they need first.
_SHARES = {
    "wages": 0.17,
    "rent": 0.04,
    "mortgage": 0.05,
    "shops": 0.27,
    "bills": 0.08,
    "friends": 0.11,
    "family": 0.06,
    "packets": 0.06,
    "trade": 0.12,
    "agents": 0.03,
    "cash": 0.01,
}
_MEMOS: tuple[str, ...] = (
    "工资",
    "房租",
    "房贷",
    "消费",
    "水费",
    "电费",
    "燃气费",
    "话费",
    "税款",
    "社保",
    "公积金",
    "转账",
    "微信转账",
    "AA",
    "饭钱",
    "生活费",
    "孝敬父母",
    "学费",
    "新年快乐",
    "红包",
    "中秋快乐",
    "货款",
    "材料款",
    "服务费",
    "咨询费",
    "往来款",
    "代发工资",
    "借款",
    "还款",
    "运费",
    "定金",
    "工程款",
    "分包工程款",
    "进度款",
    "质保金",
    "取现",
    "存现",
    "代购",
    "茶叶",
    "奖金",
    "劳务费",
    "过年",
    "往来",
    "代付",
)
_MEMO = {memo: number for number, memo in enumerate(_MEMOS)}
_CHANNELS = ("transfer", "wechat", "alipay", "cash", "pos")


@dataclass(slots=True)
class People:
    """Accounts by holder as arrays: the bank account, and the wallet (bank where there is none)."""

    who: Array
    bank: Array
    wechat: Array
    alipay: Array
    weight: Array
    shy: Array


def add(city: City, rng: Generator) -> None:
    """All subjects, together close to the wanted number of payments."""
    public = _public(city, rng)
    people = _people(city, rng)
    firms, shops, units = _sides(city)
    left = max(0, city.payments - public)
    plan = {name: round(left * share) for name, share in _SHARES.items()}
    _wages(city, rng, people, firms, units, plan["wages"])
    _rent(city, rng, people, plan["rent"])
    _mortgage(city, rng, people, plan["mortgage"])
    _shops(city, rng, people, shops, plan["shops"])
    _bills(city, rng, people, firms, plan["bills"])
    _friends(city, rng, people, plan["friends"])
    _family(city, rng, people, plan["family"])
    _packets(city, rng, people, plan["packets"])
    _trade(city, rng, firms, plan["trade"])
    _agents(city, rng, people, firms, plan["agents"])
    _cash(city, rng, people, plan["cash"])


def _emit(
    city: City,
    rng: Generator,
    days: Array,
    payer: Array,
    payee: Array,
    amount: Array,
    memo: Array,
    channel: Array,
    reference: Array | None = None,
    early: float = 8,
    late: float = 22,
) -> int:
    """Write payments, dropping those outside the decade; answers how many were written."""
    keep = (days >= 0) & (days < DAYS) & (payer != payee)
    count = int(keep.sum())
    if not count:
        return 0
    block: dict[str, Array | Coded] = {
        "paid_at": moments(rng, days[keep], early, late),
        "payer_account": payer[keep],
        "payee_account": payee[keep],
        "amount": np.maximum(np.round(amount[keep], 2), 0.01),
        "currency": Coded(np.where(rng.random(count) < 0.9, 0, -1), ("CNY",)),
        "channel": Coded(channel[keep], _CHANNELS),
        "memo": Coded(memo[keep], _MEMOS),
    }
    if reference is not None:
        block["reference_id"] = reference[keep]
    city.add_block("payments", block)
    return count


def _memos(rng: Generator, count: int, words: tuple[str, ...], blank: float = 0.2) -> Array:
    """A memo for each payment, none at the rate ``blank``."""
    codes = np.array([_MEMO[word] for word in words])
    return np.where(rng.random(count) < blank, -1, rng.choice(codes, count))


def _people(city: City, rng: Generator) -> People:
    who = np.array([row["person_id"] for row in city.rows["persons"]])
    found = {
        kind: np.array([city.account_of.get((int(p), kind), NOBODY) for p in who])
        for kind in ("bank", "wechat", "alipay")
    }
    wechat = np.where(found["wechat"] == NOBODY, found["bank"], found["wechat"])
    alipay = np.where(found["alipay"] == NOBODY, found["bank"], found["alipay"])
    owners = {row["person_id"] for row in city.rows["directorships"]} | {
        row["holder_id"] for row in city.rows["ownerships"]
    }
    deciding = {row["person_id"] for row in city.rows["appointments"] if row["remit"] or row["is_leadership"]}
    close = {
        row[a]
        for row in city.rows["kinships"]
        for a, b in (("person_id", "relative_id"), ("relative_id", "person_id"))
        if row[b] in deciding
    }
    power = deciding | close | city.quiet
    shy = np.array([2 if int(p) in power else 1 if int(p) in owners else 0 for p in who])
    return People(who, found["bank"], wechat, alipay, rng.pareto(1.6, len(who)) + 0.15, shy)


def _sides(city: City) -> tuple[Array, Array, Array]:
    """Accounts of private firms, of shops, and of units that pay wages."""
    firms = np.array(
        [city.account_of[(row["org_id"], "bank")] for row in city.rows["organizations"] if row["kind"] == "private"]
    )
    shops = np.array(
        [
            city.account_of[(firm, "bank")]
            for trade in ("餐饮", "商贸", "汽车", "酒店", "药品")
            for firm in city.firms[trade]
        ]
    )
    staffed = {row["org_id"] for row in city.rows["appointments"]}
    return firms, shops, np.array([city.account_of[(unit, "bank")] for unit in sorted(staffed)])


def _repeat(rng: Generator, wanted: int, low: int, high: int, step: int, jitter: int) -> tuple[Array, Array, Array]:
    """Relations that recur about every ``step`` days, ``low`` to ``high`` times, until there are ``wanted`` payments.

    Answers the relation's number, the turn inside it, and the day of each payment.
    """
    turns = rng.integers(low, high + 1, max(1, round(wanted / ((low + high) / 2))))
    relation = np.repeat(np.arange(len(turns)), turns)
    turn = np.arange(len(relation)) - np.repeat(np.cumsum(turns) - turns, turns)
    start = rng.integers(-step * low, DAYS - step, len(turns))[relation]
    return relation, turn, start + turn * step + rng.integers(0, jitter + 1, len(relation))


def _some(rng: Generator, people: People, count: int, shy: int = 2) -> Array:
    """Positions of ``count`` people, busy ones more often; only those as open as ``shy``."""
    open_to = np.flatnonzero(people.shy <= shy)
    weight = people.weight[open_to]
    return rng.choice(open_to, count, p=weight / weight.sum())


def _wages(city: City, rng: Generator, people: People, firms: Array, units: Array, wanted: int) -> None:
    posts: dict[int, int] = {}
    for row in (*city.rows["employments"], *city.rows["appointments"]):
        posts[row["person_id"]] = city.account_of[(row["org_id"], "bank")]
    employer = np.array([posts.get(int(who), NOBODY) for who in people.who])
    relation, turn, days = _repeat(rng, wanted, 10, 60, 30, 3)
    staff = np.flatnonzero((employer != NOBODY) | (people.shy < 2))
    weight = people.weight[staff]
    who = rng.choice(staff, relation.max() + 1, p=weight / weight.sum())
    side = np.where(employer[who] != NOBODY, employer[who], rng.choice(firms, len(who)))
    base = np.exp(rng.normal(8.75, 0.4, len(who)))
    amount = base[relation] * (1.04 ** (turn // 12)) + rng.choice([0, 0, 0, 312.5, 800], len(relation))
    memo = np.where(turn % 12 == 11, _MEMO["奖金"], np.where(rng.random(len(turn)) < 0.1, -1, _MEMO["工资"]))
    channel = np.zeros(len(turn), dtype=np.int64)
    _emit(city, rng, days, side[relation], people.bank[who][relation], amount, memo, channel, early=9, late=17)


def _rent(city: City, rng: Generator, people: People, wanted: int) -> None:
    relation, _, days = _repeat(rng, wanted, 6, 30, 30, 4)
    tenant = _some(rng, people, relation.max() + 1, 0)
    landlord = _some(rng, people, relation.max() + 1, 2)
    amount = np.round(np.exp(rng.normal(7.5, 0.45, relation.max() + 1)), -2)[relation]
    wallet = rng.random(relation.max() + 1)[relation] < 0.55
    payer = np.where(wallet, people.wechat[tenant][relation], people.bank[tenant][relation])
    payee = np.where(wallet, people.wechat[landlord][relation], people.bank[landlord][relation])
    _emit(city, rng, days, payer, payee, amount, _memos(rng, len(relation), ("房租",), 0.3), wallet.astype(np.int64))


def _mortgage(city: City, rng: Generator, people: People, wanted: int) -> None:
    relation, _, days = _repeat(rng, wanted, 20, 110, 30, 0)
    who = _some(rng, people, relation.max() + 1)
    banks = np.array([city.account_of[(bank, "bank")] for bank in city.units["银行"]])
    bank = rng.choice(banks, relation.max() + 1)
    amount = np.exp(rng.normal(8.2, 0.4, relation.max() + 1))[relation]
    zero = np.zeros(len(relation), dtype=np.int64)
    _emit(
        city, rng, days, people.bank[who][relation], bank[relation], amount, zero + _MEMO["房贷"], zero, early=1, late=5
    )


def _shops(city: City, rng: Generator, people: People, shops: Array, wanted: int) -> None:
    who = _some(rng, people, wanted)
    weight = rng.pareto(1.2, len(shops)) + 0.1
    shop = rng.choice(shops, wanted, p=weight / weight.sum())
    channel = rng.choice(np.array([1, 2, 4, 0]), wanted, p=[0.5, 0.25, 0.2, 0.05])
    payer = np.where(channel == 1, people.wechat[who], np.where(channel == 2, people.alipay[who], people.bank[who]))
    amount = np.exp(rng.normal(4.4, 1.3, wanted)).clip(2, 90_000)
    _emit(
        city,
        rng,
        rng.integers(0, DAYS, wanted),
        payer,
        shop,
        amount,
        _memos(rng, wanted, ("消费", "定金", "代购"), 0.5),
        channel,
    )


def _bills(city: City, rng: Generator, people: People, firms: Array, wanted: int) -> None:
    hub = {
        key: city.account_of[(city.units[key][0], "bank")]
        for key in ("自来水公司", "供电公司", "燃气公司", "通信公司", "税务局", "社保中心", "住房公积金中心")
    }
    memos = ("水费", "电费", "燃气费", "话费", "税款", "社保", "公积金")
    accounts = np.array(list(hub.values()))
    which = rng.choice(7, wanted, p=[0.14, 0.22, 0.12, 0.22, 0.14, 0.1, 0.06])
    by_firm = which >= 4
    payer = np.where(by_firm, rng.choice(firms, wanted), people.wechat[_some(rng, people, wanted)])
    amount = np.where(by_firm, np.exp(rng.normal(8.8, 1.4, wanted)), np.exp(rng.normal(4.6, 0.6, wanted)))
    memo = np.array([_MEMO[word] for word in memos])[which]
    _emit(city, rng, rng.integers(0, DAYS, wanted), payer, accounts[which], amount, memo, np.where(by_firm, 0, 1))


def _friends(city: City, rng: Generator, people: People, wanted: int) -> None:
    """Circles of friends: sums go both ways, but some circles have a tutor, a cook or a driver whom others pay.

    People with power over others have friends without a firm only: who pays an official is what is planted.
    """
    relation, _, days = _repeat(rng, wanted, 1, 24, 40, 38)
    pairs = relation.max() + 1
    one = _some(rng, people, pairs, 2)
    other = _some(rng, people, pairs, 0)
    free = people.shy[one] < 2
    other = np.where(free, np.where(rng.random(pairs) < 0.5, _some(rng, people, pairs, 1), other), other)
    oneway = rng.random(pairs) < np.where(free, 0.3, 0.04)
    back = ~oneway[relation] & (rng.random(len(relation)) < 0.5)
    payer, payee = np.where(back, one[relation], other[relation]), np.where(back, other[relation], one[relation])
    channel = rng.choice(3, pairs, p=[0.2, 0.65, 0.15])[relation]
    sides = (people.bank, people.wechat, people.alipay)
    side = [np.choose(channel, [column[who] for column in sides]) for who in (payer, payee)]
    large = rng.random(len(relation)) < 0.02
    amount = np.exp(rng.normal(5.6, 1.0, len(relation))) * np.where(large, 30, 1)
    amount = np.where(rng.random(len(relation)) < 0.5, np.ceil(amount / 100) * 100, amount)
    words = ("转账", "微信转账", "AA", "饭钱", "代购", "还款", "借款", "茶叶", "过年")
    _emit(city, rng, days, side[0], side[1], amount, _memos(rng, len(relation), words, 0.45), channel)


def _kin(city: City, people: People) -> tuple[Array, Array]:
    place = {int(who): number for number, who in enumerate(people.who)}
    pairs = [(place[row["person_id"]], place[row["relative_id"]]) for row in city.rows["kinships"]]
    one, other = (np.array(side) for side in zip(*pairs, strict=True))
    return one, other


def _family(city: City, rng: Generator, people: People, wanted: int) -> None:
    one, other = _kin(city, people)
    relation, _, days = _repeat(rng, wanted, 2, 30, 45, 40)
    pair = rng.integers(0, len(one), relation.max() + 1)
    flip = rng.random(len(relation)) < 0.4
    payer = np.where(flip, other[pair][relation], one[pair][relation])
    payee = np.where(flip, one[pair][relation], other[pair][relation])
    wallet = rng.random(len(relation)) < 0.6
    amount = np.ceil(np.exp(rng.normal(7.0, 1.1, len(relation))) / 100) * 100
    side = [np.where(wallet, people.wechat[who], people.bank[who]) for who in (payer, payee)]
    words = ("生活费", "孝敬父母", "学费", "转账", "往来")
    _emit(city, rng, days, side[0], side[1], amount, _memos(rng, len(relation), words, 0.4), wallet.astype(np.int64))


def _packets(city: City, rng: Generator, people: People, wanted: int) -> None:
    one, other = _kin(city, people)
    kin = rng.random(wanted) < 0.5
    pair = rng.integers(0, len(one), wanted)
    payer = np.where(kin, one[pair], _some(rng, people, wanted, 0))
    payee = np.where(kin, other[pair], _some(rng, people, wanted, 1))
    flip = rng.random(wanted) < 0.5
    payer, payee = np.where(flip & kin, payee, payer), np.where(flip & kin, payer, payee)
    days = rng.choice(np.array(festivals()), wanted) + rng.integers(0, 3, wanted)
    amount = rng.choice([6.66, 8.88, 52, 66, 88, 100, 166, 188, 200, 520, 600, 800, 1000, 2000], wanted)
    words = ("新年快乐", "红包", "中秋快乐", "过年")
    _emit(
        city,
        rng,
        days,
        people.wechat[payer],
        people.wechat[payee],
        amount,
        _memos(rng, wanted, words),
        np.ones(wanted, np.int64),
    )


def _trade(city: City, rng: Generator, firms: Array, wanted: int) -> None:
    relation, _, days = _repeat(rng, wanted, 1, 30, 35, 30)
    weight = rng.pareto(1.3, len(firms)) + 0.1
    one = rng.choice(firms, relation.max() + 1, p=weight / weight.sum())
    other = rng.choice(firms, relation.max() + 1)
    amount = np.exp(rng.normal(10.2, 1.3, relation.max() + 1))[relation] * np.exp(rng.normal(0, 0.5, len(relation)))
    amount = np.where(rng.random(len(relation)) < 0.25, np.ceil(amount / 1000) * 1000, amount)
    words = ("货款", "材料款", "服务费", "运费", "咨询费", "往来款", "定金", "代付")
    _emit(
        city,
        rng,
        days,
        one[relation],
        other[relation],
        amount,
        _memos(rng, len(relation), words),
        np.zeros(len(relation), np.int64),
    )


def _agents(city: City, rng: Generator, people: People, firms: Array, wanted: int) -> None:
    """Distributors and payroll agents: what comes in goes out again within days, less a small share."""
    trades = [
        city.account_of[(firm, "bank")]
        for name in ("劳务", "商贸")
        for firm in city.firms[name]
        if firm not in city.quiet
    ]
    runs = max(1, wanted // 10)
    agent, payer = rng.choice(np.array(trades), runs), rng.choice(firms, runs)
    come = rng.integers(0, DAYS - 12, runs)
    total = np.exp(rng.normal(11.4, 0.8, runs))
    _emit(
        city, rng, come, payer, agent, total, _memos(rng, runs, ("货款", "劳务费", "服务费")), np.zeros(runs, np.int64)
    )
    payroll = rng.random(runs) < 0.5
    parts = np.where(payroll, rng.integers(8, 16, runs), rng.integers(1, 4, runs))
    run = np.repeat(np.arange(runs), parts)
    raw = rng.gamma(9.0, 1.0, len(run))
    amount = total[run] * raw / np.bincount(run, raw)[run] * rng.uniform(0.8, 0.98, runs)[run]
    payee = np.where(payroll[run], people.bank[_some(rng, people, len(run), 0)], rng.choice(firms, len(run)))
    memo = np.where(payroll[run], _MEMO["代发工资"], _memos(rng, len(run), ("货款", "材料款")))
    _emit(
        city,
        rng,
        come[run] + rng.integers(1, 8, len(run)),
        agent[run],
        payee,
        amount,
        memo,
        np.zeros(len(run), np.int64),
    )


def _cash(city: City, rng: Generator, people: People, wanted: int) -> None:
    """Money drawn at a machine or paid in over the counter."""
    counter = city.add("accounts", kind="cash")
    who = people.bank[_some(rng, people, wanted, 1)]
    out = rng.random(wanted) < 0.7
    amount = rng.choice(
        [500, 1000, 2000, 3000, 5000, 10_000, 20_000, 50_000], wanted, p=[0.2, 0.22, 0.2, 0.12, 0.12, 0.08, 0.05, 0.01]
    )
    memo = np.where(out, _MEMO["取现"], _MEMO["存现"])
    desk = np.full(wanted, counter)
    _emit(
        city,
        rng,
        rng.integers(0, DAYS, wanted),
        np.where(out, who, desk),
        np.where(out, desk, who),
        amount,
        memo,
        np.full(wanted, 3),
    )


def _public(city: City, rng: Generator) -> int:
    """Contracts are paid in one to three parts after signing, never more than agreed and never before."""
    made = 0
    for contract, buyer, firm, amount, _, accepted in city.bought:
        parts = np.where(amount < 1e5, 1, rng.integers(1, 4, len(amount)))
        row = np.repeat(np.arange(len(amount)), parts)
        turn = np.arange(len(row)) - np.repeat(np.cumsum(parts) - parts, parts)
        days = accepted[row] + 8 + turn * 45 + rng.integers(0, 40, len(row))
        share = np.where(
            parts[row] == 1,
            1.0,
            np.where(parts[row] == 2, np.where(turn == 0, 0.9, 0.1), np.array([0.5, 0.4, 0.1])[turn]),
        )
        bank = {int(org): city.account_of[(int(org), "bank")] for org in np.unique(np.concatenate([buyer, firm]))}
        side = [np.array([bank[int(org)] for org in column])[row] for column in (buyer, firm)]
        memo = _memos(rng, len(row), ("工程款", "进度款", "货款", "服务费", "质保金"))
        made += _emit(
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
