"""Packages of projects: what kind each is, who bid, who won, and how winners would fall by chance."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from scipy.stats import pearson3, skew

from caselens.indicators._declare import Inputs

#: Kinds of packages by words in lot, category or title, in this order; the first that fits.
_KINDS = (
    ("greening", "绿化|园林|景观|landscap|green"),
    ("earthworks", "土方|土石方|基坑|挖填|earth|excavat"),
    ("demolition", "拆除|拆迁|demoli"),
    ("decoration", "装修|装饰|幕墙|decorat|fit.?out"),
    ("installation", "安装|机电|暖通|消防|电梯|install|mechanical|electrical"),
    ("intelligence", "智能|弱电|信息|软件|network|software|informat"),
    ("roads", "道路|市政|管网|排水|桥梁|路面|road|pipe|drain"),
    ("design", "设计|勘察|design|survey"),
    ("supervision", "监理|supervis"),
    ("goods", "设备|材料|采购|货物|equipment|material|goods"),
    ("main", "主体|土建|建筑|房建|总承包|施工|main|building|construct"),
)


def kind_of(lot: str, category: str, title: str) -> str:
    """The kind of a package: from its lot, else its category, else its title; the words themselves where none fits."""
    for text in (lot, category, title):
        for kind, words in _KINDS:
            if pd.Series([text]).str.contains(words, case=False, regex=True).iloc[0]:
                return kind
    return lot.strip() or category.strip() or title.strip()


def packages(inputs: Inputs) -> pd.DataFrame:
    """Awarded packages of projects: ``tender_id, row_key, buyer, project, kind, day, winner, yuan, bid, bidders``.

    ``bidders`` are those whose bid was valid; contracts of a project without a tender come with their supplier alone.
    """
    tenders = inputs.table("tenders").filter(
        lambda t: t.project_id.notnull() & (t.status.fill_null("awarded") == "awarded")
    )
    bids = inputs.table("bids").filter(lambda t: t.status.fill_null("valid") == "valid")
    each = bids.group_by(of="tender_id").agg(bidders=bids.bidder_id.collect(distinct=True))
    won = bids.filter(bids.is_winner.fill_null(False))
    won = won.group_by(of_winner="tender_id").agg(
        won_by=won.bidder_id.min(), price=won.price.cast("float64").min(), bid=won.row_key.min()
    )
    contracts = inputs.table("contracts").filter(lambda t: t.parent_contract_id.isnull())
    signed = contracts.filter(contracts.tender_id.notnull())
    signed = signed.group_by(of_contract="tender_id").agg(
        sold_by=signed.supplier_id.min(), agreed=signed.amount.cast("float64").sum()
    )
    joined = tenders.left_join(each, [("tender_id", "of")]).left_join(won, [("tender_id", "of_winner")])
    joined = joined.left_join(signed, [("tender_id", "of_contract")])
    rows = joined.select(
        "tender_id", "row_key", "lot", "category", "title", "bid", "bidders", buyer="buyer_id", project="project_id",
        day=ibis.coalesce(joined.awarded_on, joined.opened_at.cast("date"), joined.published_on),
        winner=ibis.coalesce(joined.won_by, joined.sold_by), yuan=ibis.coalesce(joined.price, joined.agreed),
        table=ibis.literal("tenders"),
    ).execute()  # fmt: skip
    direct = contracts.filter(contracts.tender_id.isnull() & contracts.project_id.notnull())
    also = direct.select(
        "row_key", "category", "title", tender_id="contract_id", buyer="buyer_id", project="project_id",
        day="signed_on",
        winner="supplier_id", yuan=direct.amount.cast("float64"), table=ibis.literal("contracts"),
    ).execute()  # fmt: skip
    every = pd.concat([rows, also.assign(lot=None, bid=None, bidders=None)], ignore_index=True)
    every = every[every["winner"].notna() & every["day"].notna()].drop_duplicates(["table", "tender_id"])
    for name in ("lot", "category", "title"):
        every[name] = every[name].astype(object).where(every[name].notna(), "")
    named = every.drop_duplicates(["lot", "category", "title"])
    kinds = {
        (a, b, c): kind_of(a, b, c) for a, b, c in zip(named["lot"], named["category"], named["title"], strict=True)
    }
    every["kind"] = [kinds[key] for key in zip(every["lot"], every["category"], every["title"], strict=True)]
    every["day"] = pd.to_datetime(every["day"])
    return every.sort_values(["buyer", "day", "tender_id"], ignore_index=True)


def heads(inputs: Inputs) -> pd.DataFrame:
    """Who headed which unit when: ``person_id, org_id, since, until, row_key``."""
    rows = inputs.table("appointments").filter(lambda t: t.is_head.fill_null(False))
    found = rows.select("person_id", "org_id", "row_key", since="start_date", until="end_date").execute()
    found["since"] = pd.to_datetime(found["since"])
    found["until"] = pd.to_datetime(found["until"]).fillna(pd.Timestamp("2200-01-01"))
    return found.sort_values(["org_id", "since", "person_id"])


@dataclass(frozen=True, slots=True)
class Market:
    """How firms fare at all buyers: wins and bids by (kind, firm), to be read less those of one buyer."""

    wins: pd.Series
    bids: pd.Series
    own_wins: pd.Series
    own_bids: pd.Series

    def elsewhere(self, buyer: str, kind: str) -> tuple[dict[str, float], dict[str, float]]:
        """Wins and bids of each firm in this kind at other buyers."""
        wins = self.wins.get(kind, pd.Series(dtype=float)).sub(
            self.own_wins.get((buyer, kind), pd.Series(dtype=float)), fill_value=0
        )
        bids = self.bids.get(kind, pd.Series(dtype=float)).sub(
            self.own_bids.get((buyer, kind), pd.Series(dtype=float)), fill_value=0
        )
        return wins.to_dict(), bids.to_dict()


def market(rows: pd.DataFrame) -> Market:
    """Wins and bids of a table of packages."""
    offers = rows.explode("bidders").dropna(subset="bidders")

    def counted(part: pd.DataFrame, by: list[str], who: str) -> pd.Series:
        nested = {
            key: some[who].value_counts().astype(float) for key, some in part.groupby(by if len(by) > 1 else by[0])
        }
        return pd.Series(nested, dtype=object)

    return Market(
        counted(rows, ["kind"], "winner"), counted(offers, ["kind"], "bidders"),
        counted(rows, ["buyer", "kind"], "winner"), counted(offers, ["buyer", "kind"], "bidders"),
    )  # fmt: skip


def concentrated(rows: pd.DataFrame, known: Market, rng: np.random.Generator) -> float:
    """Chance that winners within each kind repeat as often as they did.

    Null: each package goes to one of its valid bidders, a firm in proportion to its success rate at other buyers,
    (wins + 5) / (bids + 20); with fewer than two bidders on record to one of the firms that won this kind elsewhere, in
    proportion to their wins, or to its winner. Statistic: the sum over kinds and firms of squared wins. 999 draws, 9999
    more where fewer than ten reach it, then the tail of a Pearson III of their mean, variance and skew. Equal
    statistics are split by a seeded draw, so that the p-value is uniform under the null although wins are few.
    """
    draws, observed = (999, 9999), 0.0
    parts: list[list[tuple[np.ndarray, np.ndarray]]] = []
    for kind, some in rows.groupby("kind"):
        wins, bids = known.elsewhere(str(some["buyer"].iloc[0]), str(kind))
        offers = [name for found in some["bidders"] if isinstance(found, list | np.ndarray) for name in found]
        names = {name: place for place, name in enumerate(sorted({*some["winner"], *wins, *offers}))}
        observed += float((some["winner"].value_counts() ** 2).sum())
        packages: list[tuple[np.ndarray, np.ndarray]] = []
        for found, winner in zip(some["bidders"], some["winner"], strict=True):
            offered = sorted({*found, winner}) if isinstance(found, list | np.ndarray) else [winner]
            if len(offered) >= 2:
                weight = np.array([(wins.get(name, 0) + 5) / (bids.get(name, 0) + 20) for name in offered])
            else:
                rivals = {name: count for name, count in wins.items() if count > 0 and name != winner}
                offered = [winner, *sorted(rivals)]
                weight = np.array([wins.get(winner, 0) + 1, *(rivals[name] for name in sorted(rivals))])
            packages.append((np.array([names[name] for name in offered]), weight / weight.sum()))
        parts.append(packages)
    more, equal, total = 0, 0, 0
    every: list[np.ndarray] = []
    for size in draws:
        sums = np.zeros(size)
        for packages in parts:
            width = max(int(choice.max()) for choice, _ in packages) + 1
            counts = np.zeros((size, width))
            for choice, weight in packages:
                np.add.at(counts, (np.arange(size), rng.choice(choice, size, p=weight)), 1)
            sums += (counts**2).sum(axis=1)
        every.append(sums)
        more, equal, total = more + int((sums > observed).sum()), equal + int((sums == observed).sum()), total + size
        if more + equal >= 10:
            break
    p = (more + rng.random() * (equal + 1)) / (total + 1)
    drawn = np.concatenate(every)
    if more + equal < 10 and drawn.std() > 0:
        p = min(p, float(pearson3.sf(observed, skew(drawn), loc=drawn.mean(), scale=drawn.std())))
    return max(p, 1e-12)
