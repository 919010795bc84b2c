"""A firm of an official's side gets permits sooner, or less cut, than firms that ask the same unit for the same.

Asked of every firm linked to an official who has authority over it or a say in the unit that decides, for each unit and
kind of permit with at least five decided applications of the firm while it was linked. Peers are applications of firms
linked to no official of that unit. Two values are compared: days from submission to decision, and the share granted
(granted over requested; without amounts 1 for an approval and 0 for a refusal or return).

Null: within a period and a size band (above and below the median requested) it does not matter whose an application is;
permutation of ranks (see ``_shuffle``). The period is the finest of month, quarter, year and all time in which four
fifths of the firm's applications have at least two peers: that choice looks at numbers only, never at the outcome. The
better of the two tests counts, corrected for having looked twice (Šidák). p < 0.01 is a lead.

An application on a numbered priority list counts for nobody where another body than the deciding unit and the units of
the official issued it; a firm that has too few others is excluded.
"""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np
import pandas as pd

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._chance import rng_of, smallest_of, surprise
from caselens.indicators._circle import Cited, cite, cited
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._permits import compare, decided, of_linked

_LISTED = Text("申请在其他单位印发的优先名单上", "the applications are on a priority list that another body issued")
_NOBODY = Text("没有该公职人员亲属或企业的记录", "no relative or firm of the official is on record")
_FEW = Text("关联企业的已办结申请不足", "too few decided applications of the linked firm")
_NO_PEERS = Text("同类申请不足八件", "fewer than eight comparable applications of others")


def _compute(inputs: Inputs) -> Result:
    told = decided(inputs)
    linked = of_linked(inputs, told)
    groups = ibis.memtable(pd.DataFrame(sorted(set(zip(linked["unit"], linked["kind"], strict=True))) or [("", "")],
                                        columns=["of_unit", "of_kind"]).astype("string"))  # fmt: skip
    rows = told.semi_join(groups, [("unit", "of_unit"), ("kind", "of_kind")]).execute().sort_values("application_id")
    rows["submitted"] = pd.to_datetime(rows["submitted"])
    units = _units(inputs)
    leads, evidence, counters = [], [], []
    chances: dict[str, list[float]] = {}
    dark: dict[str, str] = {}
    excluded: dict[str, str] = {}
    best: dict[tuple[str, str], tuple[float, dict[str, Any]]] = {}
    for (official, firm, unit, kind), ties in linked.groupby(["official_id", "applicant", "unit", "kind"], sort=True):
        group = rows[(rows["unit"] == unit) & (rows["kind"] == kind)]
        insiders = set(linked.loc[(linked["unit"] == unit), "applicant"])
        mine = group[group["application_id"].isin(ties["application_id"])]
        peers = group[~group["applicant"].isin(insiders)]
        foreign = units.get(official, set()) | {unit}
        valid = mine["document"].notna() & mine["issuer"].notna() & ~mine["issuer"].isin(foreign)
        free, peers = mine[~valid], peers[peers["document"].isna() | peers["issuer"].isna()]
        if len(free) < inputs["min_own"]:
            (excluded if len(mine) >= inputs["min_own"] else dark).setdefault(
                official, (_LISTED if len(mine) >= inputs["min_own"] else _FEW).both()
            )
            continue
        if len(peers) < inputs["min_peers"]:
            dark.setdefault(official, _NO_PEERS.both())
            continue
        found = compare(free, peers, rng_of(official, firm, unit, kind))
        chances.setdefault(official, []).append(found["p"])
        better = found["ahead"] > 0.5
        if better and found["p"] < inputs["max_p"]:
            before = best.get((official, firm))
            if before is None or found["p"] < before[0]:
                best[(official, firm)] = (found["p"], {**found, "mine": free, "ties": ties, "peers": peers})
    for (official, firm), (p, found) in best.items():
        lead = f"{official}|{firm}"
        leads.append(_lead(lead, p, found))
        evidence += _evidence(lead, found)
        counters += _counters(lead, found)
    links = inputs.relation("links")
    known = set(links.filter(links.how != "self").select("official_id").distinct().execute()["official_id"])
    everyone = set(links.select("official_id").distinct().execute()["official_id"])
    dark = {name: why for name, why in dark.items() if name not in chances}
    dark |= dict.fromkeys(everyone - known, _NOBODY.both())
    out = assessed({official for official, _ in best}, known, dark, excluded)
    out["p_value"] = [smallest_of(np.array(chances[name])) if name in chances else None for name in out["subject_id"]]
    return Result(out, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _units(inputs: Inputs) -> dict[str, set[str]]:
    """Official -> units where he has or had a post."""
    held = inputs.table("appointments").select("person_id", "org_id").distinct().execute()
    return {person: set(orgs) for person, orgs in held.groupby("person_id")["org_id"]}


def _lead(lead: str, p: float, found: dict[str, Any]) -> dict[str, Any]:
    mine, ties, peers = found["mine"], found["ties"], found["peers"]
    tie = ties.iloc[0]
    kin = sorted(set(ties["via"]) - {tie["official_id"]})
    own = bool((mine["handler_id"] == tie["official_id"]).any())
    return {
        "lead": lead,
        "subjects": [
            party(tie["official_id"], "official"),
            *(party(name, "kin") for name in kin),
            party(tie["applicant"], "firm"),
        ],
        "objects": [thing("organizations", tie["applicant"])]
        + [thing("applications", key) for key in mine["application_id"]],
        "kind": "statistical",
        "severity": "red" if own and p < 0.001 else "yellow",
        "value": round(found["ahead"], 4),
        "score": round(surprise(p) * (0.6 + 0.4 * found["ahead"]), 4),
        "p_value": p,
        "amount": None,
        "period_start": mine["submitted"].min().date(),
        "period_end": mine["submitted"].max().date(),
        "fence": f"{len(mine)} applications against {len(peers)} of {peers['applicant'].nunique()} firms, ranks within "
        f"{found['period']} and size; median {mine['days'].median():g} d against {peers['days'].median():g} d, granted "
        f"{mine['got'].mean():.0%} against {peers['got'].mean():.0%}",
        "count": len(mine),
        "days": f"{mine['days'].median():g}",
        "peer_days": f"{peers['days'].median():g}",
        "granted": f"{mine['got'].mean():.0%}",
        "peer_granted": f"{peers['got'].mean():.0%}",
    }


def _evidence(lead: str, found: dict[str, Any]) -> list[dict[str, str]]:
    rows: Cited = {("applications", key): "application" for key in found["mine"]["row_key"]}
    rows |= {("applications", key): "peer" for key in found["peers"]["row_key"]}
    for tie in found["ties"].to_dict("records"):
        cite(rows, tie["link_rows"], "link")
        cite(rows, tie["rows"], "authority")
    return cited(lead, rows)


def _counters(lead: str, found: dict[str, Any]) -> list[dict[str, str]]:
    claimed = found["mine"]["document"].notna().any()
    note = (
        Text("名单无其他单位印发的记录", "the list is not shown to come from another body")
        if claimed
        else Text("申请均未载明优先名单", "no application names a priority list")
    )
    sized = bool(found["mine"]["size"].notna().all())
    same = Text("在同一规模组内比较", "compared within one size band").both()
    return [
        counter(lead, "priority_list", False, note.both()),
        counter(lead, "larger", False if sized else None, same if sized else ""),
        counter(lead, "safer", None),
    ]


_PEERS = "".join(
    f"P{firm}{turn},{firm},U,explosives,2020-0{turn + 1}-01,2020-0{turn + 1}-{20 + place},approved,10,"
    f"{8 if turn else 10}\n"
    for place, firm in enumerate(("E", "F", "G"))
    for turn in range(6)
)
_OWN = "".join(
    f"A{firm}{turn},{firm},U,explosives,2020-0{turn + 1}-01,2020-0{turn + 1}-{day},approved,10,{got}\n"
    for firm, day, got in (("M", "03", 10), ("N", "21", 8))
    for turn in range(6)
)

INDICATOR = Indicator(
    id="rel-permit-advantage",
    number=19,
    title=Text("关联企业审批偏快偏足", "Permits favour a linked firm"),
    question=Text(
        "公职人员关联的企业获得审批，是否比同类申请人明显更快或更足额？",
        "Does a firm linked to an official get permits sooner or more fully than others who ask for the same?",
    ),
    summary=Text(
        "与{official}关联的{firm} {count} 件申请办结中位数 {days} 天、获批 {granted}；"
        "同类申请为 {peer_days} 天、{peer_granted}。",
        "{count} applications of {firm}, linked to {official}, took {days} days (median) and were granted {granted}; "
        "those of others {peer_days} days and {peer_granted}.",
    ),
    innocent=(
        Innocent(
            "priority_list",
            Text("列入上级印发的保供、重点名单。", "The firm is on a priority list of another body."),
            Text(
                "有文号且由其他单位印发的申请不计入；其余不足的排除。",
                "Applications on a numbered list of another body do not count; with too few others: excluded.",
            ),
        ),
        Innocent(
            "larger",
            Text("申请规模不同。", "The applications differ in size."),
            Text("只在同一规模组内比较。", "Compared within one size band only."),
        ),
        Innocent("safer", Text("材料更齐、安全条件更好。", "Better files, or a safer firm.")),
    ),
    next_steps=(
        Text("查同行被拒、被削减的理由。", "Look at the reasons why peers were refused or cut."),
        Text("查受理、审核、签发各环节时间与经办人。", "Look at who handled each step, and when."),
    ),
    kinds=("statistical",),
    subject="person",
    needs={
        "appointments": ("person_id", "org_id", "start_date"),
        "applications": ("application_id", "applicant_id", "authority_id", "kind", "submitted_on", "decided_on"),
    },
    relations=("authority", "links"),
    params=(
        Param("min_own", 5, "applications", Text("少于五件不比较。", "Fewer are not compared."), 3, 100),
        Param(
            "min_peers",
            8,
            "applications",
            Text("同类少于八件不比较。", "With fewer peers nothing to compare."),
            8,
            1000,
        ),
        Param("max_p", 0.01, "probability", Text("偶然概率上限。", "Chance at most this."), 0.0001, 0.2),
    ),
    references=(
        Reference("曲靖, 2022: the mine in which kin held shares never lacked explosives"),
        Reference("Van Elteren (1960), On the combination of independent two-sample tests of Wilcoxon"),
        Reference("Besag and Clifford (1991), Sequential Monte Carlo p-values"),
    ),
    value_unit=Text("优于同类申请的比例，0.5 为无差别", "share of others preceded; 0.5 is no advantage"),
    engine="kernel",
    example=Example(
        tables={
            "persons": "person_id,name\nO,甲\nB,其弟\nQ,乙\nS,其妹\nR,丙\nT,其妻\n",
            "organizations": "org_id,name,kind\nU,公安局,government\nM,甲矿,private\nN,乙矿,private\n"
            "E,矿一,private\nF,矿二,private\nG,矿三,private\n",
            "appointments": "person_id,org_id,post,remit,start_date,is_leadership\n"
            "O,U,副局长,explosives,2012-01-01,true\n"
            "Q,U,支队长,explosives,2012-01-01,false\nR,U,科员,,2012-01-01,false\n",
            "kinships": "person_id,relative_id,relation\nO,B,sibling\nQ,S,sibling\nR,T,spouse\n",
            "ownerships": "org_id,holder_id,share,start_date\nM,B,0.3,2015-01-01\nN,S,0.3,2015-01-01\n",
            # M waits 2 days six times where three peers wait 19 to 21, and gets all where they get 80 %; N does not.
            "applications": "application_id,applicant_id,authority_id,kind,submitted_on,decided_on,outcome,requested,"
            "granted\n" + _PEERS + _OWN,
        },
        flags=frozenset({"O"}),
        leaves=frozenset({"Q", "R"}),
    ),
    compute=_compute,
)
