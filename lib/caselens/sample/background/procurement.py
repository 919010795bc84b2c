"""Honest tenders, their bids and contracts, and the many small purchases without a tender."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from caselens.sample import _desk, _making
from caselens.sample._city import NOBODY, Array, City, Coded
from caselens.sample._time import DAYS, FIRST, day, moments

BUYERS = (
    "财政局",
    "住建局",
    "交通局",
    "水利局",
    "公安局",
    "自然资源局",
    "教育局",
    "卫健局",
    "人社局",
    "市场监管局",
    "城管局",
    "农业农村局",
    "应急局",
    "文旅局",
    "开发区管委会",
    "区财政局",
    "区住建局",
    "街道办",
    "城投集团",
    "国投集团",
    "高新集团",
    "交投集团",
    "水务集团",
    "国企子公司",
    "学校",
    "医院",
)
_METHODS = ("open", "invited", "negotiation", "inquiry")
_EVALUATION = ("lowest_evaluated_price", "comprehensive", "average_price")
TITLES = {
    "建筑": "房屋建筑施工",
    "市政": "道路管网施工",
    "绿化": "园林绿化养护",
    "土方": "土方工程",
    "设计": "工程设计服务",
    "监理": "工程监理服务",
    "设备": "机电设备采购",
    "信息": "信息系统建设",
    "物业": "物业管理服务",
    "办公": "办公用品采购",
    "医疗": "医疗器械采购",
    "教学": "教学设备采购",
    "食材": "食堂食材配送",
    "印刷": "宣传资料印刷",
    "咨询": "管理咨询服务",
}


def add(city: City, rng: Generator) -> None:
    """Tenders for projects and for everything else, bids of a market of firms, contracts."""
    buyers = np.array([unit for key in BUYERS for unit in city.units[key]])
    works = city.works
    count = max(city.tenders, len(works) + 40)
    project = np.full(count, NOBODY, dtype=np.int64)
    project[: len(works)] = [item.project for item in works]
    buyer = rng.choice(buyers, count)
    buyer[: len(works)] = [item.owner for item in works]
    trade = rng.integers(0, len(_making.PROCURED), count)
    trade[: len(works)] = rng.integers(0, 2, len(works))
    opened = rng.integers(60, DAYS - 40, count)
    opened[: len(works)] = [(item.contract - FIRST).days - 15 for item in works]
    published = opened - 20 - rng.gamma(2.0, 4.0, count).astype(int)
    published[: len(works)] = [(item.tendering - FIRST).days for item in works]
    published = np.minimum(published, opened - 21)
    budget = np.round(np.exp(rng.normal(14.6, 1.1, count)), -3)
    budget[: len(works)] = [item.budget for item in works]
    handler = handlers(city, rng, buyer, opened)
    handler[: len(works)] = [item.handler for item in works]
    fixed = np.full((count, 3), -1)
    fixed[: len(works)] = [[(when - FIRST).days for when in (w.contract, w.acceptance, w.payment)] for w in works]
    keep = opened < DAYS - 16
    _market(city, rng, *(column[keep] for column in (project, buyer, trade, opened, published, budget, handler, fixed)))


def handlers(city: City, rng: Generator, buyer: Array, days: Array) -> Array:
    """For each purchase an official of the buyer with a post that lasts on that day, ``NOBODY`` where there is none."""
    handler = np.full(len(buyer), NOBODY, dtype=np.int64)
    for unit in np.unique(buyer):
        mine = np.flatnonzero(buyer == unit)
        posts = [row for row in city.posts(int(unit)) if row["person_id"] not in city.quiet and row["remit"]]
        if not posts:
            continue
        start = np.array([row["start_date"] for row in posts], dtype="datetime64[D]")
        end = np.array([row["end_date"] or "2099-01-01" for row in posts], dtype="datetime64[D]")
        who = np.array([row["person_id"] for row in posts])
        when = day(days[mine])
        fits = (start <= when[:, None]) & (end >= when[:, None])
        weight = fits * rng.random(fits.shape)
        handler[mine] = np.where(fits.any(axis=1), who[weight.argmax(axis=1)], NOBODY)
    return handler


def firms_of(city: City, trade: str) -> Array:
    """The firms of a trade that background procurement may use."""
    return np.array([firm for firm in city.firms[trade] if firm not in city.quiet], dtype=np.int64)


def _market(
    city: City,
    rng: Generator,
    project: Array,
    buyer: Array,
    trade: Array,
    opened: Array,
    published: Array,
    budget: Array,
    handler: Array,
    fixed: Array,
) -> None:
    """Tenders, bids and contracts: costs differ by firm and job, the lowest mostly wins.

    ``fixed`` has the days of contract, acceptance and final payment where a project sets them, else -1.
    """
    count = len(project)
    agents = np.array(city.units["招标代理"])
    works = project != NOBODY
    method = np.where(works, 0, rng.choice(4, count, p=[0.62, 0.12, 0.16, 0.1]))
    evaluation = rng.choice(3, count, p=[0.5, 0.42, 0.08])
    ceiling = np.round(budget * rng.uniform(0.96, 1.0, count), 2)
    awarded = opened + rng.integers(1, 8, count)
    tender = city.add_block(
        "tenders",
        {
            "project_id": project,
            "buyer_id": buyer,
            "agent_id": rng.choice(agents, count),
            "title": Coded(trade, tuple(TITLES[name] for name in _making.PROCURED)),
            "method": Coded(method, _METHODS),
            "planned_method": Coded(np.where(rng.random(count) < 0.97, method, 0), _METHODS),
            "category": Coded(trade, _making.PROCURED),
            "budget": budget,
            "ceiling_price": ceiling,
            "published_on": day(published),
            "deadline_at": day(opened).astype("datetime64[s]") + np.timedelta64(9 * 3600, "s"),
            "opened_at": day(opened).astype("datetime64[s]") + np.timedelta64(34200, "s"),
            "awarded_on": day(awarded),
            "status": Coded(np.where(rng.random(count) < 0.3, -1, 0), ("awarded",)),
            "recording": Coded(np.where(rng.random(count) < 0.9, 0, -1), ("有",)),
            "evaluation_method": Coded(evaluation, _EVALUATION),
        },
    )
    row, firm = _bidders(city, rng, trade, 3 + rng.poisson(1.8, count))
    level = rng.normal(0.82, 0.05, count)[row]
    ratio = level * np.exp(rng.normal(0, 0.08, len(row)))
    price = np.round(ceiling[row] * np.where(ratio > 0.998, rng.uniform(0.94, 0.998, len(row)), ratio), 2)
    lowest = np.full(count, np.inf)
    np.minimum.at(lowest, row, price)
    rejected = rng.random(len(row)) < np.where(price == lowest[row], 0.003, 0.03)
    noise = np.where(evaluation == 0, 0, rng.normal(0, 0.04, count))[row]
    rank = np.lexsort((np.where(rejected, 9, price / ceiling[row] + noise * rng.random(len(row))), row))
    first = np.r_[True, row[rank][1:] != row[rank][:-1]]
    winner = np.zeros(len(row), dtype=bool)
    winner[rank[first]] = True
    rejected &= ~winner
    columns = _files(city, rng, firm)
    city.add_block(
        "bids",
        {
            "tender_id": tender[row],
            "bidder_id": firm,
            "price": price,
            "submitted_at": moments(rng, opened[row] - rng.integers(1, 4, len(row)), 9, 20),
            "status": Coded(rejected.astype(np.int64), ("valid", "rejected")),
            "is_winner": winner,
            **columns,
        },
    )
    place = np.flatnonzero(winner)
    place = place[np.argsort(row[place])]
    city.market = {
        "tender": tender,
        "row": row,
        "firm": firm,
        "price": price,
        "winner": winner,
        "evaluation": evaluation,
        "opened": opened,
        "trade": trade,
        "agent": agents,
        "buyer": buyer,
    }
    signed = np.where(fixed[:, 0] >= 0, fixed[:, 0], awarded + rng.integers(6, 26, count))
    _contracts(city, rng, tender, project, buyer, firm[place], price[place], signed, trade, method, handler, fixed)


def _bidders(city: City, rng: Generator, trade: Array, wanted: Array) -> tuple[Array, Array]:
    """For each tender different firms of its trade, the larger ones more often; answers tender row and firm."""
    rows, found = [], []
    for number, name in enumerate(_making.PROCURED):
        mine = np.flatnonzero(trade == number)
        firms = firms_of(city, name)
        size = rng.gamma(2.0, 1.0, len(firms))
        for part in np.array_split(mine, max(1, len(mine) * len(firms) // 4_000_000)):
            keys = rng.exponential(1.0, (len(part), len(firms))) / size
            order = np.argsort(keys, axis=1, kind="stable")
            chosen = np.arange(len(firms)) < np.minimum(wanted[part], len(firms))[:, None]
            rows.append(np.repeat(part, chosen.sum(axis=1)))
            found.append(firms[order[chosen]])
    return np.concatenate(rows), np.concatenate(found)


def _files(city: City, rng: Generator, firm: Array) -> dict[str, Array | Coded]:
    """Machine, certificate and contact of each bid: a firm's own, but for a public hall's address now and then."""
    firms, which = np.unique(firm, return_inverse=True)
    count = len(firms)
    spare = which + count * (rng.random(len(which)) < 0.2)
    desks = [_desk.desk(city, rng, int(one)) for one in firms]
    other = [_desk.machine(rng) for _ in firms]

    def words(name: str, *, spares: bool = False) -> tuple[str, ...]:
        return tuple(desk[name] for desk in (*desks, *(other if spares else ())))

    hall = rng.random(len(which)) < 0.04
    given = rng.random(len(which))
    return {
        "deposit_account": np.array([city.account_of[(int(item), "bank")] for item in firms])[which],
        "device_mac": Coded(np.where(given < 0.93, spare, -1), words("device_mac", spares=True)),
        "device_ip": Coded(np.where(hall, 2 * count, spare), (*words("device_ip", spares=True), "10.8.8.8")),
        "ca_serial": Coded(which, words("ca_serial")),
        "disk_serial": Coded(np.where(given < 0.8, spare, -1), words("disk_serial", spares=True)),
        "file_author": Coded(np.where(given < 0.7, which, -1), words("file_author")),
        "contact_name": Coded(which, words("contact_name")),
        "contact_phone": Coded(which, words("contact_phone")),
    }


def _contracts(
    city: City,
    rng: Generator,
    tender: Array,
    project: Array,
    buyer: Array,
    firm: Array,
    amount: Array,
    signed: Array,
    trade: Array,
    method: Array,
    handler: Array,
    fixed: Array,
) -> None:
    count = len(tender)
    accepted = np.where(fixed[:, 1] >= 0, fixed[:, 1], signed + rng.integers(30, 420, count))
    signed = np.minimum(signed, DAYS - 1)
    done = accepted < DAYS
    contract = city.add_block(
        "contracts",
        {
            "tender_id": tender,
            "project_id": project,
            "title": Coded(trade, tuple(TITLES[name] for name in _making.PROCURED)),
            "buyer_id": buyer,
            "supplier_id": firm,
            "amount": amount,
            "signed_on": day(signed),
            "published_on": day(np.minimum(signed + rng.integers(1, 12, count), DAYS - 1)),
            "method": Coded(method, _METHODS),
            "category": Coded(trade, _making.PROCURED),
            "deliverable": Coded(rng.integers(-1, 3, count), ("验收单", "成果报告", "到货清单")),
            "accepted_on": np.where(done, day(accepted), np.datetime64("NaT", "D")),
            "final_amount": np.where(done, np.round(amount * rng.triangular(0.93, 1.0, 1.03, count), 2), np.nan),
            "handler_id": handler,
        },
    )
    city.bought.append((contract, buyer, firm, amount, signed, accepted, fixed[:, 2]))
    changed = np.flatnonzero(rng.random(count) < 0.18)
    when = signed[changed] + rng.integers(70, 200, len(changed))
    share = rng.normal(0.015, 0.02, len(changed)).clip(-0.05, 0.07)
    keep = when < DAYS
    city.add_block(
        "contract_changes",
        {
            "contract_id": contract[changed][keep],
            "amount": np.round(amount[changed] * share, 2)[keep],
            "changed_on": day(when[keep]),
            "reason": Coded(rng.integers(0, 3, int(keep.sum())), ("地质条件变化", "工程量调整", "设计优化")),
            "handler_id": handler[changed][keep],
        },
    )
