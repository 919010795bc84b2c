"""Payments by the thousand: who may pay whom, relations that recur, and writing them as one block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from caselens.sample._city import NOBODY, Array, City, Coded, handle_parts
from caselens.sample._time import DAYS, FIRST, moments

_WORDS = (
    "工资 房租 房贷 消费 水费 电费 燃气费 话费 税款 社保 公积金 转账 微信转账 AA 饭钱 生活费 孝敬父母 "
    "学费 新年快乐 红包 中秋快乐 货款 材料款 服务费 咨询费 往来款 代发工资 借款 还款 运费 定金 工程款 "
    "分包工程款 进度款 质保金 取现 存现 代购 茶叶 奖金 劳务费 过年 往来 代付 "
    "周转 辛苦费 充值 直播打赏 购房款 退款 资金归集 资金下拨 利息 投资款 代理费"
)
MEMOS = tuple(_WORDS.split())
MEMO = {memo: number for number, memo in enumerate(MEMOS)}
CHANNELS = ("transfer", "wechat", "alipay", "cash", "pos")


@dataclass(slots=True)
class People:
    """Accounts by holder as arrays: the bank account, and the wallet (bank where there is none)."""

    who: Array
    bank: Array
    wechat: Array
    alipay: Array
    weight: Array
    shy: Array


def emit(
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
    """Write payments, dropping those outside the decade or before a party was founded; answers how many."""
    founded = _founded(city)
    begun = np.maximum(founded[handle_parts(payer)[1]], founded[handle_parts(payee)[1]])
    keep = (days >= begun) & (days < DAYS) & (payer != payee)
    count = int(keep.sum())
    if not count:
        return 0
    block: dict[str, Array | Coded] = {
        "paid_at": moments(rng, days[keep], early, late),
        "payer_account": payer[keep],
        "payee_account": payee[keep],
        "amount": np.maximum(np.round(amount[keep], 2), 0.01),
        "currency": Coded(np.where(rng.random(count) < 0.9, 0, -1), ("CNY",)),
        "channel": Coded(channel[keep], CHANNELS),
        "memo": Coded(memo[keep], MEMOS),
    }
    if reference is not None:
        block["reference_id"] = reference[keep]
    city.add_block("payments", block)
    return count


def _founded(city: City) -> Array:
    """For each account the first day (a number, 0 at the earliest) on which it and its holder existed."""
    if len(city.founded) < city.counts["accounts"]:
        holders = {row["org_id"]: (row["established_on"] - FIRST).days for row in city.rows["organizations"]}
        opened = [((row.get("opened_on") or FIRST) - FIRST).days for row in city.rows["accounts"]]
        begun = [holders.get(row.get("holder_id"), 0) for row in city.rows["accounts"]]
        city.founded = np.maximum(0, np.maximum(opened, begun))
    return city.founded


def memos(rng: Generator, count: int, words: tuple[str, ...], blank: float = 0.2) -> Array:
    """A memo for each payment, none at the rate ``blank``."""
    codes = np.array([MEMO[word] for word in words])
    return np.where(rng.random(count) < blank, -1, rng.choice(codes, count))


def crowd(city: City, rng: Generator) -> People:
    """Everybody with accounts. ``shy``: 0 anybody, 1 who has a say in a firm, 2 who decides over others, and kin."""
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


def repeat(rng: Generator, wanted: int, low: int, high: int, step: int, jitter: int) -> tuple[Array, Array, Array]:
    """Relations that recur about every ``step`` days, ``low`` to ``high`` times, until about
    ``wanted`` payments fall into the decade.

    Answers the relation's number, the turn inside it, and the day of each payment.
    """
    turns = rng.integers(low, high + 1, max(1, round(1.16 * wanted / ((low + high) / 2))))
    relation = np.repeat(np.arange(len(turns)), turns)
    turn = np.arange(len(relation)) - np.repeat(np.cumsum(turns) - turns, turns)
    start = rng.integers(-step * low, DAYS - step, len(turns))[relation]
    return relation, turn, start + turn * step + rng.integers(0, jitter + 1, len(relation))


def some(rng: Generator, people: People, count: int, shy: int = 2) -> Array:
    """Positions of ``count`` people, busy ones more often; only those as open as ``shy``."""
    open_to = np.flatnonzero(people.shy <= shy)
    weight = people.weight[open_to]
    return rng.choice(open_to, count, p=weight / weight.sum())
