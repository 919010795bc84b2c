"""The packages of one unit's projects always go to the same firm in each kind, during one leader's term.

Packages are awards (and contracts without a tender) that name a project; their kind (main works, greening, earthworks
and so on) is read from lot, category or title. They are gathered by unit and by who headed it on the day of the award;
a vacancy of up to a year belongs to whoever left last, and where no head is on record the unit stands alone.

A lead needs p < 0.05 for repeating winners (null: see ``_packages.concentrated``), a kind in which one firm won at
least 60 %, and a second kind of which the same holds, or in which one firm won half while winners repeat beyond chance
in all other kinds taken alone; three wins in each. One kind may be a specialist's. A kind is a specialist's, and does
not count, where that firm also wins at least half of five and more packages of other buyers, or alone of all who bid or
won at the unit holds a licence for that trade.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._chance import rng_of, smallest_of, surprise
from caselens.indicators._circle import missing
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._packages import Market, concentrated, heads, kind_of, market, packages

_FEW = Text("可比较的标段种类不足两类、每类三个", "fewer than two kinds of packages with three awards each")
_SPECIALIST = Text(
    "集中的标段由专业企业承担：在其他单位也是如此，或仅其持有该类资质",
    "specialists won these kinds: at other buyers too, or nobody else is licensed for the trade",
)
_LABELS = {
    "greening": "绿化", "earthworks": "土方", "demolition": "拆除", "decoration": "装修", "installation": "安装",
    "intelligence": "智能化", "roads": "市政道路", "design": "设计", "supervision": "监理", "goods": "设备材料",
    "main": "主体",
}  # fmt: skip


def _terms(rows: pd.DataFrame, led: pd.DataFrame) -> pd.DataFrame:
    """``rows`` with ``head`` (the first by date of those in office, "" where nobody is on record) and ``post``."""
    of_unit = dict(list(led.groupby("org_id")))
    found = [_in_charge(of_unit.get(buyer), day) for buyer, day in zip(rows["buyer"], rows["day"], strict=True)]
    return rows.assign(head=[name for name, _ in found], post=[key for _, key in found])


def _in_charge(posts: pd.DataFrame | None, day: pd.Timestamp) -> tuple[str, str]:
    """The head on a day and the row that says so; in a vacancy of up to a year who left last; else two blanks."""
    if posts is None:
        return "", ""
    now = posts[(posts["since"] <= day) & (day <= posts["until"])]
    if now.empty:
        now = posts[(posts["until"] < day) & (posts["until"] >= day - pd.Timedelta(days=365))].sort_values("until")
    return ("", "") if now.empty else (str(now.iloc[-1]["person_id"]), str(now.iloc[-1]["row_key"]))


def _licensed(inputs: Inputs) -> dict[str, set[str]]:
    """Kind of package -> firms with a licence for that trade."""
    held: dict[str, set[str]] = {}
    if inputs.has("licences", "kind"):
        rows = inputs.table("licences").select("org_id", "kind").distinct().execute().dropna()
        kinds = {name: kind_of("", name, "") for name in set(rows["kind"])}
        for firm, name in zip(rows["org_id"], rows["kind"], strict=True):
            held.setdefault(kinds[name], set()).add(str(firm))
    return held


def _tops(
    part: pd.DataFrame, known: Market, licensed: dict[str, set[str]], inputs: Inputs
) -> tuple[list[dict[str, Any]], int]:
    """Kinds with one firm ahead, and how many more are a specialist's."""
    tops, special = [], 0
    present = {*part["winner"], *(name for some in part["bidders"].dropna() for name in some)}
    for kind, some in part.groupby("kind", sort=True):
        counts = some["winner"].value_counts()
        firm = str(sorted(counts.index[counts == counts.max()])[0])
        wins, share = int(counts.max()), float(counts.max() / len(some))
        if wins < inputs["min_wins"] or share < inputs["min_second"] - 1e-9:
            continue
        elsewhere, _ = known.elsewhere(str(some["buyer"].iloc[0]), str(kind))
        total = sum(elsewhere.values())
        if (total >= 5 and elsewhere.get(firm, 0) >= total / 2) or licensed.get(str(kind), set()) & present == {firm}:
            special += 1
            continue
        tops.append({"kind": str(kind), "firm": firm, "wins": wins, "of": len(some), "share": share})
    return tops, special


def _compute(inputs: Inputs) -> Result:
    rows = _terms(packages(inputs), heads(inputs))
    known, licensed = market(rows), _licensed(inputs)
    leads, evidence, counters = [], [], []
    chances: dict[str, list[float]] = {}
    excluded: dict[str, str] = {}
    hits: set[str] = set()
    for (buyer, head), part in rows.groupby(["buyer", "head"], sort=True):
        sizes = part["kind"].value_counts()
        large = part[part["kind"].isin(sizes.index[sizes >= inputs["min_wins"]])]
        if large["kind"].nunique() < 2:
            continue
        p = concentrated(large, known, rng_of(str(buyer), str(head)))
        chances.setdefault(str(buyer), []).append(p)
        tops, special = _tops(large, known, licensed, inputs)
        ahead = [top["kind"] for top in tops if top["share"] >= inputs["min_share"] - 1e-9]
        if p >= inputs["max_p"] or len(tops) + special < 2 or not (ahead or special):
            continue
        if len(tops) < 2 or not ahead:
            excluded[str(buyer)] = _SPECIALIST.both()
            continue
        if len(ahead) == 1:
            rest = large[large["kind"] != ahead[0]]
            if concentrated(rest, known, rng_of(str(buyer), str(head), "rest")) >= inputs["max_p"]:
                continue
        lead = f"{buyer}|{head}"
        hits.add(str(buyer))
        won = large[
            [
                (k, w) in {(t["kind"], t["firm"]) for t in tops}
                for k, w in zip(large["kind"], large["winner"], strict=True)
            ]
        ]
        leads.append(_lead(lead, large, won, tops, p))
        evidence += _evidence(lead, large, won)
        counters.append(counter(lead, "specialist", False, Text(
            "未见其在其他单位同样集中，也未见仅其具备资质",
            "they do not win as often at other buyers, nor are they alone licensed").both()))  # fmt: skip
    seen = set(rows["buyer"])
    dark = dict.fromkeys(seen - set(chances), _FEW.both())
    out = assessed(hits, seen, dark, excluded)
    out["p_value"] = [smallest_of(np.array(chances[name])) if name in chances else None for name in out["subject_id"]]
    return Result(out, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _lead(lead: str, part: pd.DataFrame, won: pd.DataFrame, tops: list[dict[str, Any]], p: float) -> dict[str, Any]:
    buyer, head = str(part["buyer"].iloc[0]), str(part["head"].iloc[0])
    friends = sorted({top["firm"] for top in tops})
    share = sum(top["wins"] for top in tops) / sum(top["of"] for top in tops)
    # Friends who bid where another of them wins: they lose to each other.
    others = [
        bool(set(found) & (set(friends) - {winner})) if isinstance(found, list | np.ndarray) else False
        for found, winner in zip(won["bidders"], won["winner"], strict=True)
    ]
    mutual = sum(others) / len(won)
    said = [f"{_LABELS.get(top['kind'], top['kind'])} {top['wins']}/{top['of']}" for top in tops]
    return {
        "lead": lead,
        "subjects": [*([party(head, "official")] if head else []), party(buyer, "buyer")]
        + [party(name, "winner") for name in friends],
        "objects": [thing("organizations", buyer)] + [thing(row.table, row.tender_id) for row in won.itertuples()],
        "kind": "statistical",
        "severity": "red" if share >= 0.8 and len(tops) >= 3 else "yellow",
        "value": round(share, 4),
        "score": round(0.2 + 0.3 * share + 0.05 * min(len(tops), 4) + 0.2 * surprise(p) + 0.1 * mutual, 4),
        "p_value": p,
        "amount": float(won["yuan"].sum()),
        "period_start": won["day"].min().date(),
        "period_end": won["day"].max().date(),
        "fence": f"one firm ahead in {len(tops)} kinds over {part['project'].nunique()} projects; friends bid "
        f"against each other in {mutual:.0%}",
        "shares_zh": "、".join(said),
        "shares_en": ", ".join(f"{top['kind']} {top['wins']} of {top['of']}" for top in tops),
        "head_zh": "任内" if head else "",
        "head_en": " in the term of the head" if head else "",
    }


def _evidence(lead: str, part: pd.DataFrame, won: pd.DataFrame) -> list[dict[str, str]]:
    rows = {(row.table, row.row_key): "package" for row in part.itertuples()}
    rows |= {(row.table, row.row_key): "won" for row in won.itertuples()}
    rows |= {("bids", row.bid): "winning_bid" for row in won.itertuples() if not missing(row.bid)}
    rows |= {("appointments", key): "term" for key in set(part["post"]) if key}
    return [{"lead": lead, "table": t, "key": k, "role": role} for (t, k), role in sorted(rows.items())]


INDICATOR = Indicator(
    id="proc-parcel-carveup",
    number=42,
    title=Text("标段固定分包给熟人", "Packages shared among the same"),
    question=Text(
        "同一负责人任内，各项目的同类标段是否总由同一家企业承接？",
        "During one leader's term, do the packages of each kind always go to the same firm?",
    ),
    summary=Text(
        "{buyer}{head_zh}各类标段集中于固定企业（{winner}）：{shares_zh}。",
        "At {buyer}{head_en} each kind of package went to one firm ({winner}): {shares_en}.",
    ),
    innocent=(
        Innocent(
            "specialist",
            Text("专业性强的标段由专业企业承担。", "Specialised trades have few firms."),
            Text(
                "比较其在其他单位的中标情况和各家资质；同样集中的、仅其具备该类资质的不计。",
                "Compared with other buyers and with who is licensed; a kind where the firm leads there too, or alone is "
                "licensed, does not count.",
            ),
        ),
        Innocent("framework", Text("公开选定的框架供应商。", "A framework supplier chosen in the open.")),
    ),
    next_steps=(
        Text("查谁召集、谁分配各标段。", "Find who convened and who shared out the packages."),
        Text("查各标段投标人之间的陪标关系。", "Look at who bids only to lose in each package."),
        Text("查这些企业与负责人的往来。", "Look at dealings of these firms with the leader."),
    ),
    kinds=("statistical",),
    subject="organization",
    needs={"tenders": ("tender_id", "project_id", "buyer_id"), "bids": ("tender_id", "bidder_id", "is_winner")},
    uses=("contracts", "appointments", "licences"),
    params=(
        Param("min_share", 0.6, "share", Text("六成以上才算集中。", "Three fifths and more."), 0.3, 1),
        Param("min_second", 0.5, "share", Text("第二类过半即可。", "In a second kind half will do."), 0.3, 1),
        Param("min_wins", 3, "packages", Text("少于三个说明不了规律。", "Fewer than three show no pattern."), 2, 50),
        Param("max_p", 0.05, "probability", Text("偶然概率上限。", "Chance at most this."), 0.0001, 0.2),
    ),
    references=(
        Reference("株洲, 2024: main works to one, greening to another, earthworks to a third"),
        Reference("OECD (2025), Guidelines for Fighting Bid Rigging in Public Procurement, on market allocation"),
    ),
    value_unit=Text("固定企业在各类标段中的占比", "share of the packages that the same firms won"),
    engine="kernel",
    example=Example(
        tables={
            "organizations": "org_id,name\nU,建设公司\nV,城建公司\nW,开发公司\n",
            "appointments": "person_id,org_id,post,start_date,is_head\nO,U,董事长,2015-01-01,true\n"
            "Q,V,董事长,2015-01-01,true\n",
            # U: six projects, main works always to A, greening always to B, of four bidders each. V: four winners take
            # turns. W: one project only.
            "tenders": "tender_id,project_id,buyer_id,lot,method,awarded_on\n"
            + "".join(
                f"{u}{k}{i},P{u}{i},{u},{k},open,202{i % 3}-05-0{i + 1}\n"
                for u in "UV"
                for k in ("主体", "绿化")
                for i in range(6)
            )
            + "W主体0,PW0,W,主体,open,2021-05-01\n",
            "bids": "tender_id,bidder_id,price,is_winner\n"
            + "".join(
                f"{u}{k}{i},{firm}{k},{100 + place},{str(place == (0 if u == 'U' else i % 4)).lower()}\n"
                for u in "UV"
                for k in ("主体", "绿化")
                for i in range(6)
                for place, firm in enumerate("ABCD")
            )
            + "W主体0,A主体,100,true\n",
        },
        flags=frozenset({"U"}),
        leaves=frozenset({"V"}),
        others={"W": "not_assessable"},
    ),
    compute=_compute,
)
