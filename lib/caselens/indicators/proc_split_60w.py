"""Purchases of one buyer from one group of suppliers that stay below the tendering line one by one and reach it together.

From the day the line was in force for the buyer, purchases below it of one category (or with titles alike) from
suppliers that are the same or linked, within 90 days and one calendar year: at least two of one requester, or three of
anybody, whose sum reaches the line. Where no day is on record for a buyer the line is put to all of its purchases, and
what comes of it is a note: that there was a rule is to be confirmed. What was tendered, called off under another
contract, or ordered in a documented emergency does not count. Besides, per buyer: more purchases just below the line than a smooth density explains.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from caselens.core.errors import NotAssessable
from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, frame
from caselens.indicators._cutting import Judged, judge, scoped
from caselens.indicators._cutting_leads import bunched, bunching_lead, split_counters, split_evidence, split_lead
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._purchases import purchases, rule_days, supplier_links

_FOREIGN = Text("各项采购均以外币计价", "every purchase is in another currency than yuan").both()


def _compute(inputs: Inputs) -> Result:
    if not inputs.has("contracts", "category") and not inputs.has("contracts", "title"):
        raise NotAssessable("lacks contracts.category, contracts.title")
    rules = rule_days(inputs)
    rows = scoped(purchases(inputs), rules, inputs)
    links = supplier_links(inputs, _busy(rows, inputs))
    judged = judge(rows, links, inputs)
    leads: list[dict[str, Any]] = []
    evidence: list[dict[str, str]] = []
    counters: list[dict[str, str]] = []
    for cut in judged.cuts:
        found = rows.loc[sorted(cut.labels)]
        lead, assumed = f"{cut.buyer}|{cut.group}", bool(found["assumed"].any())
        leads.append(split_lead(lead, cut, found, assumed, inputs))
        evidence += split_evidence(lead, cut, found, rules, links)
        counters += split_counters(lead, found, assumed, inputs)
    for buyer, test, near in bunched(rows, inputs):
        lead = f"{buyer}|bunching"
        leads.append(bunching_lead(lead, buyer, test, near, inputs))
        evidence += [{"lead": lead, "table": "contracts", "key": key, "role": "near_line"} for key in near["row_key"]]
    return Result(
        _states(rows, judged, leads), frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS)
    )


def _busy(rows: pd.DataFrame, inputs: Inputs) -> set[str]:
    """Suppliers of buyers whose purchases reach the lowest line at all."""
    lowest = min(inputs[name] for name in ("line", "line_works", "line_goods", "line_services")) * 100
    total = rows.groupby("buyer")["fen"].transform("sum")
    return set(rows.loc[total >= lowest, "supplier"])


def _states(rows: pd.DataFrame, judged: Judged, leads: Iterable[dict[str, Any]]) -> pd.DataFrame:
    foreign = rows.groupby("buyer")["foreign"].all()
    unknown = dict.fromkeys(foreign.index[foreign.to_numpy(dtype=bool)], _FOREIGN)
    hits = {str(lead["lead"]).split("|", maxsplit=1)[0] for lead in leads}
    return assessed(hits, set(rows["buyer"]), unknown | judged.unknown, judged.excluded)


INDICATOR = Indicator(
    id="proc-split-60w",
    number=38,
    title=Text("化整为零规避招标", "Purchase cut below line"),
    question=Text(
        "同一采购人是否将同类采购拆成若干笔，每笔低于招标限额、合计达到限额？",
        "Did a buyer cut one purchase into several, each below the tendering line and together at or above it?",
    ),
    summary=Text(
        "{unit}在{days}天内向{supplier}发生{text_zh}，合计{amount:money}。",
        "{unit}, {supplier}: {text_en}; {amount:money} in all within {days} days.",
    ),
    innocent=(
        Innocent(
            "framework",
            Text("框架协议或已招标合同项下的分批订单。", "Call-offs under a framework or a tendered contract."),
            Text(
                "有上级合同或公开、邀请招标的采购不计入。",
                "Purchases with a parent contract, or tendered, are left out.",
            ),
        ),
        Innocent(
            "sites",
            Text("不同地点、不同交付内容的采购。", "Different sites or deliverables."),
            Text(
                "比对名称、交付内容和项目；各属不同项目且分别申请的，排除。",
                "Titles, deliverables and projects are compared; parts of different projects, requested separately, are "
                "excluded.",
            ),
        ),
        Innocent(
            "emergency",
            Text("应急采购，事前有批文。", "An emergency, ordered before the purchase."),
            Text(
                "查找采购前由其他机关签发、有文号的应急批文；有的不计入。",
                "A numbered order of another body, older than the purchase, is looked for; such purchases are left out.",
            ),
        ),
        Innocent(
            "separate_needs",
            Text("先后产生的不同需求，分别申请。", "Needs that arose one after another."),
            Text(
                "比对申请号：共用一个申请号的不成立；各有申请号的，因申请人可自行编制，仍须核实。",
                "Request numbers are compared: one number for several parts refutes it; a number each does not prove it, "
                "since the requester writes them.",
            ),
        ),
        Innocent(
            "no_rule",
            Text("当时该单位尚无此限额。", "The unit had no such line at the time."),
            Text(
                "核对制度生效事件；生效前的采购不计入。", "The rule's day is looked up; earlier purchases are left out."
            ),
        ),
        Innocent("budget", Text("分期下达的预算。", "A budget released in phases.")),
    ),
    next_steps=(
        Text(
            "调取采购申请单：是否一张申请拆成多单？",
            "Obtain the request forms: was one request made into several orders?",
        ),
        Text("比对各笔报价、询价记录与经办时间。", "Compare quotations, inquiries and who handled them on which day."),
        Text("核对各笔交付内容能否独立使用。", "Check whether each delivery is of use by itself."),
    ),
    kinds=("rule", "statistical"),
    subject="organization",
    needs={"contracts": ("buyer_id", "supplier_id", "amount", "signed_on")},
    uses=("tenders", "unit_events", "organizations", "project_events", "appointments"),
    relations=("above", "control"),
    params=(
        Param(
            "line",
            600_000,
            "CNY",
            Text(
                "单位内部招标限额，达到即须招标。",
                "The unit's own line; a purchase of exactly this sum must be tendered.",
            ),
            1,
            1e9,
        ),
        Param(
            "effective_from",
            "",
            "date",
            Text(
                "未记录生效日期的单位，自何日起适用；空为未知。",
                "From which day the line is in force at units without a recorded day; empty: not known.",
            ),
        ),
        Param(
            "window_days",
            90,
            "days",
            Text("一个季度内的采购可视为一批。", "Needs of one quarter are one need."),
            1,
            366,
        ),
        Param(
            "min_similarity",
            0.8,
            "fraction",
            Text("类别不同时，名称相似到此程度视为同类。", "Titles this much alike count as one kind."),
            0.5,
            1,
        ),
        Param(
            "max_shared_contact",
            4,
            "organizations",
            Text("更多企业共用的电话或地址不说明关系。", "A number or address of more firms says nothing."),
            2,
            100,
        ),
        Param(
            "max_hub",
            50,
            "organizations",
            Text("持有更多企业的主体不据以关联。", "Who holds or runs more firms than this links none of them."),
            2,
            10_000,
        ),
        Param(
            "line_works",
            4_000_000,
            "CNY",
            Text("工程项目施工的法定招标限额。", "Statutory line for works of a construction project."),
            1,
            1e10,
            to_confirm=True,
        ),
        Param(
            "line_goods",
            2_000_000,
            "CNY",
            Text("工程项目货物的法定招标限额。", "Statutory line for goods of a construction project."),
            1,
            1e10,
            to_confirm=True,
        ),
        Param(
            "line_services",
            1_000_000,
            "CNY",
            Text("工程项目服务的法定招标限额。", "Statutory line for services of a construction project."),
            1,
            1e10,
            to_confirm=True,
        ),
        Param(
            "statutory_from",
            "2018-06-01",
            "date",
            Text("法定限额的生效日期。", "Since when the statutory lines are in force."),
            to_confirm=True,
        ),
        Param(
            "max_p", 0.01, "probability", Text("紧贴限额集中的显著性。", "Significance of bunching."), 0.000001, 0.05
        ),
        Param(
            "min_below",
            5,
            "purchases",
            Text("限额之下过少则不作判断。", "Fewer just below the line say nothing."),
            2,
            1000,
        ),
        Param(
            "min_outside",
            20,
            "purchases",
            Text("限额附近以外过少则无法拟合。", "With fewer away from the line no density can be fitted."),
            10,
            100_000,
        ),
        Param("round_to", 10_000, "CNY", Text("整万元金额另有原因，不计。", "Round sums bunch by themselves."), 1, 1e7),
    ),
    references=(
        Reference("株洲, 2024: purchases of 60万 and more go to tender by the group; direct purchase before that rule"),
        Reference(
            "必须招标的工程项目规定(国家发展改革委令第16号, 2018): 400万, 200万, 100万; recalled, to be confirmed"
        ),
        Reference("OCP (2024), Red Flags in Public Procurement: R002, R011, R049, R055"),
        Reference("Saez (2010), Do Taxpayers Bunch at Kink Points?", "https://doi.org/10.1257/pol.2.3.180"),
    ),
    value_unit=Text("合计为限额的倍数", "sum as a multiple of the line (bunching: share just below it)"),
    engine="kernel",
    example=Example(
        tables={
            "organizations": "org_id,name,kind,parent_org_id\nG,甲集团,state_owned,\nCUT,采购一部,state_owned,G\n"
            "EXACT,采购二部,state_owned,G\nSLOW,采购三部,state_owned,G\nEARLY,采购四部,state_owned,G\n"
            "FRAME,采购五部,state_owned,G\nNORULE,某学校,school,\nS1,办公公司,private,\nS2,家具公司,private,\n",
            # The group's rule binds its subsidiaries.
            "unit_events": "event_id,org_id,kind,happened_on,text\nR,G,rule_in_force,2019-03-01,60万元以上采购由集团招标\n",
            # S1 and S2 have one owner.
            "ownerships": "org_id,holder_id,share\nS1,P,0.9\nS2,P,0.6\n",
            "tenders": "tender_id,buyer_id,method\nT,FRAME,open\n",
            # CUT: 21.4 + 22.65 + 19.8 = 63.85万 on one request within 20 days. EXACT: one purchase of exactly 60万 is
            # not below the line. SLOW: 91 days apart. EARLY: before the rule. FRAME: an open tender stands behind them.
            "contracts": "contract_id,buyer_id,supplier_id,amount,signed_on,category,title,handler_id,request_no,tender_id\n"
            "c1,CUT,S1,214000,2021-03-01,furniture,办公家具采购,H,Q1,\nc2,CUT,S2,226500,2021-03-09,furniture,办公家具采购,H,Q1,\n"
            "c3,CUT,S1,198000,2021-03-21,furniture,办公家具采购,H,Q1,\n"
            "e1,EXACT,S1,600000,2021-03-01,furniture,办公家具采购,H,,\ne2,EXACT,S1,1000,2021-03-05,furniture,办公家具采购,H,,\n"
            "s1,SLOW,S1,350000,2021-03-01,furniture,办公家具采购,H,,\ns2,SLOW,S1,350000,2021-05-31,furniture,办公家具采购,H,,\n"
            "b1,EARLY,S1,350000,2018-03-01,furniture,办公家具采购,H,,\nb2,EARLY,S1,350000,2018-03-05,furniture,办公家具采购,H,,\n"
            "f1,FRAME,S1,350000,2021-03-01,furniture,办公家具采购,H,,T\nf2,FRAME,S1,350000,2021-03-05,furniture,办公家具采购,H,,T\n"
            "n1,NORULE,S1,350000,2021-03-01,furniture,办公家具采购,H,,\nn2,NORULE,S1,350000,2021-03-05,furniture,办公家具采购,H,,\n",
        },
        flags=frozenset({"CUT", "NORULE"}),
        leaves=frozenset({"EXACT", "SLOW"}),
        others={"EARLY": "excluded", "FRAME": "excluded"},
    ),
    compute=_compute,
)
