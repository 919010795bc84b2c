"""Breaches of plain rules in a tender, and many weaker signs in one.

Rules, by the codes of the Open Contracting Partnership: R003 an open tender left fewer than 20 days from notice to
deadline; R030 the winning bid came after the deadline; R036 the lowest bid was rejected (a note, unless price alone
decides or the dearest of the rest won); R046 the winner was debarred on the day (a list of debtors is none); R063 the
contract was never published, asked only where the register of contracts is declared complete and time is up. One of
them is a lead that names the rule.

All others are signs: a single bid (R018), all but the winner rejected (R035), half and more rejected (R038), a price at
the ceiling (R031), another method than planned (R012), a contract signed late (R060) or for another sum (R061). Each
weighs -log10 of its share among tenders of the same method; never one alone: they add to the score of a breach, and
three of them that together weigh as much as one in a hundred thousand are a note.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from caselens.core.text import Language, Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._circle import missing
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._flags import breaches, by_price, facts, listings, signs, weights

_RULES = {
    "R003": Text("公告至截标天数不足", "too few days from notice to deadline"),
    "R030": Text("逾期递交的投标中标", "a late bid won"),
    "R036": Text("最低价被否决", "the lowest bid was rejected"),
    "R046": Text("中标人在禁入名单期内", "the winner was debarred"),
    "R063": Text("合同未公开", "the contract was not published"),
    "R012": Text("采购方式与计划不符", "another method than planned"),
    "R018": Text("仅一家投标", "a single bid"),
    "R031": Text("中标价贴近控制价", "a price at the ceiling"),
    "R035": Text("除中标人外全部被否", "all but the winner rejected"),
    "R038": Text("半数以上投标被否", "half of the bids rejected"),
    "R060": Text("合同签订过迟", "a contract signed late"),
    "R061": Text("合同价与中标价不符", "a contract for another sum"),
}
_JOINERS: dict[Language, str] = {"zh": "、", "en": ", "}
#: How grave each breach is, from 0 to 1.
_GRAVE = {"R003": 0.5, "R030": 0.75, "R036": 0.6, "R046": 0.8, "R063": 0.45}
_NOTHING = Text("既无日期也无投标记录", "neither dates nor bids are on record")


def _compute(inputs: Inputs) -> Result:
    told = facts(inputs)
    broken, shown = breaches(inputs, told), signs(inputs, told)
    weight = weights(told, shown)
    many = (shown.sum(axis=1) >= inputs["min_signs"]) & (weight.sum(axis=1) >= inputs["min_weight"])
    found = told.assign(by_price=by_price(told))[broken.any(axis=1) | many]
    lists = listings(inputs) if inputs.has("watchlist") else pd.DataFrame()
    leads, evidence, counters = [], [], []
    for place, row in found.iterrows():
        rules = [name for name in broken if broken.loc[place, name]]
        also = [name for name in shown if shown.loc[place, name]]
        lead = str(row["tender_id"])
        leads.append(_lead(lead, row, rules, also, float(weight.loc[place].sum()), inputs))
        evidence += [{"lead": lead, "table": t, "key": k, "role": r} for t, k, r in _rows(row, rules, lists)]
        counters += [counter(lead, "thin_market", None), counter(lead, "lawful_rejection", None)]
    nothing = (told["closed"].isna() | told["noticed"].isna()) & told["bids"].isna() & told["contract"].isna()
    dark = dict.fromkeys(told.loc[nothing, "tender_id"], _NOTHING.both())
    return Result(
        assessed(found["tender_id"], told["tender_id"], dark), frame(leads, LEADS), frame(evidence, EVIDENCE),
        frame(counters, COUNTERS),
    )  # fmt: skip


def _rows(row: pd.Series, rules: list[str], lists: pd.DataFrame) -> list[tuple[str, str, str]]:
    """The tender, the bids that decide, the contract, the listing."""
    rows = [("tenders", row["row_key"], "tender")]
    for column, table in (("winning_bid", "bids"), ("contract", "contracts")):
        if not missing(row[column]):
            rows.append((table, row[column], "winner" if table == "bids" else "contract"))
    if "R036" in rules:
        rows.append(("bids", row["lowest_bid"], "rejected_bid"))
    if "R063" in rules:
        rows.append(("contracts", row["unpublished_contract"], "unpublished"))
    if "R046" in rules:
        held = lists[(lists["entity_id"] == row["winner"]) & (lists["listed_on"] <= row["day"])]
        rows += [("watchlist", key, "listing") for key in held.loc[held["until"] >= row["day"], "row_key"]]
    return rows


def _lead(
    lead: str, row: pd.Series, rules: list[str], also: list[str], weight: float, inputs: Inputs
) -> dict[str, Any]:
    names = rules or also
    days = (row["closed"] - row["noticed"]).days if "R003" in rules else None
    short = days is not None and days < inputs["min_days"] / 2
    mild = rules == ["R036"] and not row["by_price"]
    grave = max([_GRAVE[name] for name in rules], default=0.25) + 0.1 * short - 0.3 * mild
    # Further breaches and signs add, each less than the one before.
    score = grave + (0.95 - grave) * (1 - 1 / (1 + 0.25 * max(len(rules) - 1, 0) + 0.05 * weight))
    red = len(rules) >= 2 or bool({"R030", "R046"} & set(rules)) or short
    words = {
        f"rules_{side}": joiner.join(
            f"{name} {_RULES[name].get(side)}" + (f" ({days} d)" if name == "R003" else "") for name in names
        )
        for side, joiner in _JOINERS.items()
    }
    signs_said = {"signs_zh": "", "signs_en": ""}
    if rules and also:
        signs_said = {
            "signs_zh": "；另有：" + "、".join(_RULES[name].zh for name in also),
            "signs_en": "; also " + ", ".join(_RULES[name].en for name in also),
        }
    winner = [] if missing(row["winner"]) else [party(row["winner"], "winner")]
    return {
        "lead": lead,
        "subjects": [party(row["buyer"], "buyer"), *winner],
        "objects": [thing("tenders", lead)],
        "kind": "rule",
        "severity": "red" if red else "yellow" if rules and not mild else "note",
        "value": float(len(rules) or len(also)),
        "score": round(score, 4),
        "p_value": None,
        "amount": None if missing(row["won_for"]) else float(row["won_for"]),
        "period_start": None if missing(row["noticed"]) else row["noticed"].date(),
        "period_end": None if missing(row["day"]) else row["day"].date(),
        "fence": (f"rules {', '.join(rules)}" if rules else f"{len(also)} signs, weight {weight:.1f}")
        + (f"; signs {', '.join(also)} weigh {weight:.1f}" if rules and also else ""),
        **words,
        **signs_said,
    }


INDICATOR = Indicator(
    id="proc-basic-flags",
    number=40,
    title=Text("采购程序基本疑点", "Plain breaches in a tender"),
    question=Text(
        "该次采购是否违反基本程序规则，或同时出现多项疑点？",
        "Does a tender break a plain rule of procedure, or show many weaker signs at once?",
    ),
    summary=Text(
        "{buyer}的采购（中标人{winner}）：{rules_zh}{signs_zh}。",
        "Tender of {buyer}, won by {winner}: {rules_en}{signs_en}.",
    ),
    innocent=(
        Innocent("thin_market", Text("合格供应商很少。", "Few firms are qualified.")),
        Innocent(
            "lawful_rejection",
            Text("否决有充分理由，或发布在其他平台。", "The rejection had good reason, or it was published elsewhere."),
        ),
    ),
    next_steps=(
        Text("调取公告、评标报告和否决理由。", "Obtain notice, evaluation report and reasons of rejection."),
        Text("核对电子平台递交时间日志。", "Compare the platform's log of submissions."),
        Text("查该采购人同类情形是否反复出现。", "See whether it recurs with this buyer."),
    ),
    kinds=("rule",),
    subject="tender",
    needs={"tenders": ("tender_id", "buyer_id", "method")},
    uses=("bids", "contracts", "watchlist", "coverage"),
    params=(
        Param(
            "min_days",
            20,
            "days",
            Text(
                "依法必须招标的项目不少于二十日；其他法域为十五日。", "Twenty days by Chinese law, fifteen elsewhere."
            ),
            1,
            90,
            to_confirm=True,
        ),
        Param(
            "publish_days",
            30,
            "days",
            Text("合同应在签订后及时公开，留一个月余地。", "Contracts are published soon after; a month is allowed."),
            1,
            365,
        ),
        Param(
            "sign_days",
            30,
            "days",
            Text("中标通知后三十日内签订合同。", "Contracts are signed within thirty days of the award."),
            1,
            365,
            to_confirm=True,
        ),
        Param("near_ceiling", 0.98, "share", Text("中标价与控制价之比。", "Award over ceiling."), 0.8, 1),
        Param("max_off", 0.1, "share", Text("合同价与中标价之差。", "Contract against award."), 0.001, 1),
        Param("min_signs", 3, "signs", Text("单项疑点不成线索。", "One sign is no lead."), 2, 7),
        Param("min_weight", 5.0, "decimals", Text("合起来不超过十万分之一。", "One in a hundred thousand."), 1, 20),
    ),
    references=(
        Reference("OCP (2024), Red Flags in Public Procurement: R003, R012, R018, R030, R031, R035, R036, R038, R046"),
        Reference("中华人民共和国招标投标法 (2017), art. 24 and 46 (recalled; to confirm)"),
        Reference("中华人民共和国政府采购法实施条例 (2015), art. 50 (recalled; to confirm)"),
    ),
    value_unit=Text("违反规则数（无违反时为疑点数）", "rules broken, or signs where none is"),
    engine="kernel",
    example=Example(
        tables={
            "organizations": "org_id,name\nB,局\nF,公司一\nG,公司二\nH,公司三\nL,名单公司\n",
            # NINE: 9 days. LATE: two hours late. LOW: the lowest was rejected. LISTED: debarred. HIDDEN: unpublished.
            # TWENTY: exactly 20 days. SINGLE: one bid, no breach by itself. INQUIRY: nine days, but not an open tender.
            "tenders": "tender_id,buyer_id,method,published_on,deadline_at,awarded_on,evaluation_method\n"
            "NINE,B,open,2020-03-01,2020-03-10 09:00:00,2020-03-12,comprehensive\n"
            "LATE,B,open,2020-03-01,2020-03-31 09:00:00,2020-04-02,comprehensive\n"
            "LOW,B,open,2020-03-01,2020-03-31 09:00:00,2020-04-02,lowest_evaluated_price\n"
            "LISTED,B,open,2020-03-01,2020-03-31 09:00:00,2020-04-02,comprehensive\n"
            "HIDDEN,B,open,2020-03-01,2020-03-31 09:00:00,2020-04-02,comprehensive\n"
            "TWENTY,B,open,2020-03-01,2020-03-21 09:00:00,2020-03-25,comprehensive\n"
            "SINGLE,B,open,2020-03-01,2020-03-31 09:00:00,2020-04-02,comprehensive\n"
            "INQUIRY,B,inquiry,2020-03-01,2020-03-10 09:00:00,2020-03-12,comprehensive\n"
            "EMPTY,B,open,,,2020-03-12,\n",
            "bids": "tender_id,bidder_id,price,submitted_at,status,is_winner\n"
            + "".join(
                f"{t},F,900,2020-03-05 10:00:00,valid,true\n{t},G,950,2020-03-05 10:00:00,valid,false\n"
                for t in ("NINE", "HIDDEN", "TWENTY", "INQUIRY")
            )
            + "LATE,F,900,2020-03-31 11:00:00,valid,true\nLATE,G,950,2020-03-05 10:00:00,valid,false\n"
            "LOW,H,800,2020-03-05 10:00:00,rejected,false\nLOW,F,900,2020-03-05 10:00:00,valid,true\n"
            "LISTED,L,900,2020-03-05 10:00:00,valid,true\nLISTED,G,950,2020-03-05 10:00:00,valid,false\n"
            "SINGLE,F,900,2020-03-05 10:00:00,valid,true\n",
            "contracts": "contract_id,tender_id,buyer_id,supplier_id,amount,signed_on,published_on\n"
            "C1,HIDDEN,B,F,900,2020-04-10,\nC2,TWENTY,B,F,900,2020-04-01,2020-04-03\nC3,LATE,B,F,900,2021-06-01,2021-06-02\n",
            "watchlist": "entity_id,reason,listed_on,until\nL,debarred,2019-01-01,2022-01-01\n"
            "F,debarred,2015-01-01,2016-01-01\n",
            "coverage": "table,period_start,period_end,is_complete\ncontracts,2020-01-01,2020-12-31,true\n",
        },
        flags=frozenset({"NINE", "LATE", "LOW", "LISTED", "HIDDEN"}),
        leaves=frozenset({"TWENTY", "SINGLE", "INQUIRY"}),
        others={"EMPTY": "not_assessable"},
    ),
    compute=_compute,
)
