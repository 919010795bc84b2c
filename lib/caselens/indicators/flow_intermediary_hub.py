"""One arranger, or one bank manager, turns up in the financings of several public borrowers.

For an arranger with at least three deals: the number of distinct public borrowers against the same number of deals
drawn from all arranged deals (every arranger keeps its number; Monte Carlo). A statistical lead where three borrowers
or more and q < 0.05. That can rarely be reached, so as a rule it is a link lead: three borrowers or more, and one
person (the lender's manager behind three of them; an official or a finance contact behind two) is shared more than in
as many deals drawn at random (p <= 0.05), or a fee of its deals has no visible service or was passed on to an
official's circle. A licensed house chosen by comparison in nearly all its deals is excluded.

A manager behind three or more borrowers is a hub where the lender has other managers too and the other managers of the
city have far fewer borrowers: p <= 0.05 if most of the deals were arranged by third parties, else p <= 0.001.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from caselens.core.text import Text
from caselens.indicators import _deals, _passing, _service
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._chance import adjusted, surprise
from caselens.indicators._deals import Hub, Marks
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result

_LICENSED = Text("持牌机构，绝大多数经比选产生", "a licensed house, chosen by comparison in nearly all its deals")
_SOLE = Text("出资方的融资均由其一人经办", "the only manager of that lender")
_NAMES = {
    "contact": Text("出资方经办人相同", "one manager of the lender"),
    "handler": Text("经办公职人员相同", "one official"),
    "finance": Text("财务联系人相同", "one finance contact"),
    "sham": Text("有服务费看不到服务", "a fee without visible service"),
    "passed": Text("有款项转付公职人员关联方", "money passed on to an official's circle"),
    "chance": Text("借款单位之多非偶然", "more borrowers than chance gives"),
    "manager": Text("其经办家数远多于同行", "far more borrowers than other managers have"),
}


def _compute(inputs: Inputs) -> Result:
    table = _deals.deals(inputs)
    arranged = table[table["arranger"].notna()]
    licensed = _deals.licensed(inputs, arranged)
    p_of, told_p = _chances(arranged, inputs)
    q_of = dict(zip(p_of, adjusted(np.array(list(p_of.values()))), strict=True))
    wide = [name for name, mine in arranged.groupby("arranger") if mine["borrower"].nunique() >= inputs["min_payers"]]
    marked = _marked(inputs, [str(name) for name in wide])
    hits, excluded = [], {}
    for name in sorted(map(str, wide)):
        mine = arranged[arranged["arranger"] == name]
        marks, people = _shared(table, mine, name, inputs)
        marks |= marked.get(name, {})
        if q_of.get(name, 1.0) < inputs["max_q"]:
            marks["chance"] = []
        if not marks:
            continue
        if name in licensed:
            excluded[name] = _LICENSED.both()
            continue
        hits.append((name, mine, marks, people, p_of.get(name) if "chance" in marks else None))
    covered = {person for _, _, _, people, _ in hits for person in people}
    # What a licensed house won by comparison says nothing about the manager on the other side.
    managers, sole = _managers(table[~table["arranger"].isin(licensed)], covered, inputs)
    excluded |= dict.fromkeys(sole, _SOLE.both())
    leads = [_lead(*hit, inputs) for hit in [*hits, *managers]]
    evidence = [row for name, mine, marks, _, _ in [*hits, *managers] for row in _evidence(name, mine, marks)]
    counters = [row for name, mine, marks, _, _ in [*hits, *managers] for row in _counters(name, mine, marks)]
    seen = {str(name) for column in ("arranger", "contact") for name in table[column].dropna()}
    told = assessed([hit[0] for hit in [*hits, *managers]], seen, {}, excluded)
    told["p_value"] = told["subject_id"].map(told_p)
    return Result(told, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _chances(arranged: pd.DataFrame, inputs: Inputs) -> tuple[dict[str, float], dict[str, float]]:
    """p-values of arrangers with enough deals: for a lead, and with ties decided by lot for the whole family."""
    with_ties, by_lot = {}, {}
    pool = arranged["borrower"].to_numpy()
    for name, mine in arranged.groupby("arranger", sort=True):
        if len(mine) >= inputs["min_payers"]:
            asked = (pool, len(mine), mine["borrower"].nunique(), str(name), inputs["draws"])
            with_ties[str(name)] = _deals.distinct_p(*asked)
            by_lot[str(name)] = _deals.distinct_p(*asked, ties=False)
    return with_ties, by_lot


def _shared(table: pd.DataFrame, mine: pd.DataFrame, name: str, inputs: Inputs) -> tuple[Marks, dict[str, str]]:
    """Which persons stand behind several of the borrowers, with their role in a lead; only more than chance gives."""
    marks: Marks = {}
    people: dict[str, str] = {}
    for column, role in _deals.PEOPLE.items():
        found = _deals.behind(_deals.people_of(mine, column), mine["borrower"])
        most = max((len(who) for who in found.values()), default=0)
        if most < (inputs["min_payers"] if column == "contact" else 2):
            continue
        every = _deals.people_of(table, column)
        borrowers = table["borrower"].to_numpy()
        chance = _deals.shared_p(every, borrowers, len(mine), most, f"{name}|{column}", inputs["draws"])
        if chance <= inputs["max_shared_p"]:
            named = {person: role for person, who in sorted(found.items()) if len(who) == most}
            marks[column] = _deals.posts_of(inputs, list(named), mine) if column == "finance" else []
            people |= named
    return marks, people


def _marked(inputs: Inputs, names: list[str]) -> dict[str, Marks]:
    """Arrangers one of whose fees has no visible service, or was passed on to an official's circle, with the rows."""
    found: dict[str, Marks] = {}
    if not names:
        return found
    usual = {"young_months": 12, "max_staff": 3, "near_days": 15, "min_amount": 50_000}
    asked = replace(inputs, parameters={**inputs.parameters, **usual})
    bought = _service.contracts_of(asked)
    bought = bought[bought["supplier_id"].isin(names) & (bought["cny"] >= usual["min_amount"])]
    for fee in _service.fees(asked, bought):
        if _service.is_unusual(fee, 3, 0.5):
            marks = found.setdefault(str(fee.row["supplier_id"]), {})
            marks.setdefault("sham", []).append(("contracts", str(fee.row["row_key"])))
    window = {"window_days": 30, "advance_days": 7, "tolerance": 0.01}
    asked = replace(asked, parameters={**asked.parameters, **window})
    inflows, outflows = _passing.candidates(asked, 0.5, names)
    for item in _passing.match(inflows, outflows, 30, 7, 0.01):
        if item.ratio >= 0.5:
            rows = [("payments", key) for key in (item.inflow_key, *item.outflow_keys)]
            found.setdefault(item.intermediary, {}).setdefault("passed", []).extend(rows)
    return found


def _managers(table: pd.DataFrame, covered: set[str], inputs: Inputs) -> tuple[list[Hub], list[str]]:
    """Managers behind several borrowers whom no arranger's lead names; and those who are their lender's only one."""
    hubs: list[Hub] = []
    sole: list[str] = []
    for person, mine in table[table["contact"].notna()].groupby("contact", sort=True):
        if mine["borrower"].nunique() < inputs["min_payers"] or person in covered:
            continue
        known = table[table["lender"].isin(set(mine["lender"])) & table["contact"].notna()]
        if known["contact"].nunique() == 1:
            sole.append(str(person))
            continue
        mostly = mine["arranger"].notna().mean() >= 2 / 3
        if _deals.manager_p(table, str(person), covered) <= inputs["max_shared_p" if mostly else "max_manager_p"]:
            arrangers = {str(name): "intermediary" for name in sorted(set(mine["arranger"].dropna()))}
            hubs.append((str(person), mine, {"manager": []}, arrangers, None))
    return hubs, sole


def _lead(
    name: str, mine: pd.DataFrame, marks: Marks, people: dict[str, str], p_value: float | None, inputs: Inputs
) -> dict[str, Any]:
    payers = sorted(set(mine["borrower"]))
    is_manager = "manager" in marks
    # One more borrower or one more mark always adds, ever less.
    score = 0.9 * len(payers) / (len(payers) + 2) * (1 - 0.5 ** (len(marks) + 1))
    severe = len(payers) > inputs["min_payers"] or len(marks) > 1 or "passed" in marks
    said = [text for key, text in _NAMES.items() if key in marks]
    return {
        "lead": name,
        "subjects": [party(name, "hub")]
        + [party(other, role) for other, role in people.items()]
        + [party(payer, "context") for payer in payers],
        "objects": [thing("persons" if is_manager else "organizations", name)]
        + [thing("financings", deal) for deal in mine["deal"]],
        "kind": "link" if p_value is None else "statistical",
        "severity": "red" if severe else "yellow",
        "value": float(len(payers)),
        "score": round(max(score, surprise(p_value)) if p_value is not None else score, 4),
        "p_value": p_value,
        "amount": float(mine["fees"].sum()) if mine["fees"].notna().any() else float(mine["amount"].sum()),
        "period_start": mine["start"].min(),
        "period_end": mine["start"].max(),
        "fence": f"borrowers >= {inputs['min_payers']}; q < {inputs['max_q']} or shared p <= {inputs['max_shared_p']}",
        "deals": len(mine),
        "why_zh": "、".join(text.zh for text in said),
        "why_en": "; ".join(text.en for text in said),
    }


def _evidence(name: str, mine: pd.DataFrame, marks: Marks) -> list[dict[str, str]]:
    rows = dict.fromkeys((("financings", str(key)) for key in mine["row_key"]), "deal")
    rows |= {row: mark for mark, some in marks.items() for row in some}
    return [{"lead": name, "table": table, "key": key, "role": role} for (table, key), role in rows.items()]


def _counters(name: str, mine: pd.DataFrame, marks: Marks) -> list[dict[str, str]]:
    compared = mine["compared"].fillna("").str.lower().str.contains(_deals.COMPARED)
    told = Text(f"{len(mine)} 笔中 {compared.sum()} 笔注明比选", f"{compared.sum()} of {len(mine)} deals say compared")
    held = bool(compared.mean() >= 0.8) if mine["compared"].notna().any() else None
    ask = Text("需查该经办人在出资方的分工", "ask how the lender divides its clients").both()
    division = counter(name, "division", None, ask)
    return [division] if "manager" in marks else [counter(name, "underwriter", held, told.both()), division]


def _example_deals() -> str:
    """Four deals of HUB with four borrowers and one manager; three each of H1 to H3 with three managers."""
    lines = ["financing_id,kind,borrower_id,lender_id,principal,annual_rate,start_date,arranger_id,lender_contact_id"]
    for place in range(4):
        lines.append(f"F{place},loan,S{place},B,100000000,0.05,2018-0{place + 1}-01,HUB,M")
    for house in range(1, 4):
        for place in range(3):
            lines.append(
                f"G{house}{place},loan,S{(house + place) % 5},B,90000000,0.05,2019-0{place + 1}-0{house},H{house},"
                f"N{house}{place}"
            )
    return "\n".join(lines) + "\n"


INDICATOR = Indicator(
    id="flow-intermediary-hub",
    number=4,
    title=Text("多家国企共用融资中介", "Intermediary of several borrowers"),
    question=Text(
        "多家国企的融资是否由同一中介或同一银行经办人撮合？",
        "Do the financings of several public borrowers run through one arranger or one manager of the lender?",
    ),
    summary=Text(
        "{hub}涉及 {value} 家公共借款单位({context})的 {deals} 笔融资：{why_zh}。",
        "{hub} turns up in {deals} financings of {value} public borrowers ({context}): {why_en}.",
    ),
    innocent=(
        Innocent(
            "underwriter",
            Text("占主导的持牌承销机构。", "A dominant licensed underwriter."),
            Text(
                "查许可和比选；持牌且八成以上经比选的排除。",
                "Licence and comparison are looked up; licensed and compared in 80 % of its deals excludes.",
            ),
        ),
        Innocent("division", Text("银行按片区或客户分工。", "The bank divides its clients by district.")),
    ),
    next_steps=(
        Text(
            "对该中介的每个付款单位核查过账、虚假服务、费用等于节约额。",
            "Check every payer of it for indicators 1 to 3.",
        ),
        Text("将名单通报相关办案组。", "Export the list to the other case teams."),
        Text("核实银行经办人与中介的往来。", "Look at the manager's dealings with the arranger."),
    ),
    kinds=("statistical", "link"),
    subject="organization",
    needs={"financings": ("borrower_id", "lender_id", "principal", "start_date"), "organizations": ("org_id", "kind")},
    uses=(
        "payments",
        "accounts",
        "appointments",
        "directorships",
        "licences",
        "contracts",
        "financing_terms",
        "tenders",
        "bids",
        "coverage",
        "exchange_rates",
    ),
    relations=("authority_spans", "links"),
    params=(
        Param("min_payers", 3, "borrowers", Text("至少三家。", "At least three."), 2, 100),
        Param(
            "max_q", 0.05, "fraction", Text("控制错误发现率。", "False-discovery rate over all arrangers."), 0.0001, 0.5
        ),
        Param(
            "max_shared_p",
            0.05,
            "probability",
            Text("共用同一人的偶然概率。", "Chance of sharing a person."),
            0.0001,
            0.5,
        ),
        Param(
            "max_manager_p",
            0.001,
            "probability",
            Text("无中介时，经办人集中须更不寻常。", "Without arrangers a busy manager must be rarer."),
            0.000001,
            0.5,
        ),
        Param("draws", 2000, "draws", Text("随机抽取次数上限。", "At most so many random draws."), 200, 100_000),
    ),
    references=(
        Reference("株洲, 2024: one chain of finance intermediaries over several counties, six officials"),
        Reference(
            "Besag and Clifford (1991), Sequential Monte Carlo p-values", "https://doi.org/10.1093/biomet/78.2.301"
        ),
    ),
    value_unit=Text("公共借款单位数，越多越集中", "public borrowers; higher is more concentrated"),
    engine="kernel",
    example=Example(
        tables={
            "persons": "person_id,name\nM,经理\n",
            "organizations": "org_id,name,kind\nB,银行,financial\nHUB,金服公司,private\n"
            + "".join(f"S{n},平台{n},state_owned\n" for n in range(5))
            + "".join(f"H{n},顾问{n},private\n" for n in range(1, 4)),
            # M stands behind four borrowers of HUB. Four deals drawn from 13 are just these with chance 1/715.
            "financings": _example_deals(),
        },
        flags=frozenset({"HUB"}),
        leaves=frozenset({"H1", "H2", "H3", "M"} | {f"N{h}{p}" for h in range(1, 4) for p in range(3)}),
    ),
    compute=_compute,
)
