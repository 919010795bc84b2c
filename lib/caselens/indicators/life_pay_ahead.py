"""Money paid beyond the contract, ahead of certified progress, or in full before the audit.

Due by a day is the contract plus the changes dated up to it; after acceptance the recorded settlement, at most
``settle_margin`` above that. Three rules: what was paid exceeds what was due by more than ``tolerance``; it exceeds the
certified progress (``progress_certified`` of the project, where the contract is its only one) by more than
``progress_margin`` of the contract, the contract's own advance added, before any certificate also the usual advance;
all but the quality deposit was paid before the audit (its event or report; where there is none, only inside complete
coverage of ``project_events``). Where only a reduction was overlooked and the contract itself is not exceeded, this is
a note. Certificates are read in the way that favours the payer. Refunds count against what
was paid. A year-end payment that certificates of the next 31 days cover is excluded. Contracts for which no payment is
on record, or in another currency, are not assessable.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._cover import coverage_of
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._paid import (
    Ahead,
    Certified,
    ahead_of,
    audit_of,
    certificates_and_audits,
    certified,
    changes_of,
    main_contracts,
    paid,
)

_RULES = {
    "contract": Text("超合同及变更付款", "paid beyond contract and changes"),
    "progress": Text("超已确认进度付款", "paid ahead of certified progress"),
    "audit": Text("审计前已付清", "paid in full before the audit"),
    "reduced": Text("未扣减已核减的变更", "a reduction was not taken off"),
}


def _compute(inputs: Inputs) -> Result:
    contracts = main_contracts(inputs)
    money = paid(inputs, contracts)
    certificates, audits = certificates_and_audits(inputs)
    rows = contracts.semi_join(money, ["contract_id"]).execute().sort_values("contract_id")
    for column in ("signed_on", "accepted_on"):
        rows[column] = pd.to_datetime(rows[column])
    works = contracts.filter(contracts.project_id.notnull()).group_by("project_id").agg(number=lambda t: t.count())
    single = set(works.filter(works.number == 1).project_id.execute())
    lifecycles = inputs.table("projects").select("project_id", "lifecycle", "row_key").execute()
    engineering = set(lifecycles.loc[lifecycles["lifecycle"] == "engineering", "project_id"])
    every = money.execute().sort_values(["paid_on", "payment_key"])
    payments = dict(list(every.groupby("contract_id")))
    most = every[every["yuan"] > 0].groupby("contract_id")["yuan"].sum().to_dict()
    changed = changes_of(inputs)
    covers = coverage_of(inputs, "project_events")
    leads, evidence, counters = [], [], []
    unknown: dict[str, str] = {}
    excluded: dict[str, str] = {}
    for row in rows.to_dict("records"):
        name, mine = row["contract_id"], payments[row["contract_id"]]
        steps = changed.get(name, [])
        if set(mine["paid_currency"]) | {money for _, _, money, _ in steps} != {row["currency"]}:
            unknown[name] = Text("付款或变更与合同币种不同", "paid or changed in another currency").both()
            continue
        project = row["project_id"] if row["project_id"] in single else None
        proof = certified(certificates[project], row["award"]) if project in certificates else None
        audit = audit_of(row, audits, covers, engineering, inputs) if project else None
        less = sum(yuan for _, yuan, _, _ in steps if yuan < 0)
        if proof is None and audit is None and most.get(name, 0.0) <= row["award"] + less:
            continue  # whatever the days, this is within the contract
        found = ahead_of(row, mine, [(day, yuan) for day, yuan, _, _ in steps], proof, audit, inputs)
        if found and all(_year_end(ahead, proof) for ahead in found):
            excluded[name] = Text(
                "年末集中支付，其后一个月内的进度确认已覆盖",
                "a year-end payment that certificates of the next month cover",
            ).both()
        elif found:
            leads.append(_lead(row, found, proof, audit, inputs))
            evidence += _evidence(name, row, found, proof, steps)
            counters += _counters(name, row, found, steps)
    told = contracts.select("contract_id").execute()["contract_id"]
    silent = Text("没有注明该合同的付款记录", "no payment on record names it").both()
    unknown |= dict.fromkeys(set(told) - set(rows["contract_id"]), silent)
    states = assessed({lead["lead"] for lead in leads}, told, unknown, excluded)
    return Result(states, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _year_end(ahead: Ahead, proof: Certified | None) -> bool:
    """Paid in the last eleven days of a year, and certified within a month."""
    late = ahead.on.month == 12 and ahead.on.day >= 21
    return ahead.rule == "progress" and late and proof is not None and (
        proof.until(ahead.on + pd.Timedelta(days=31)) >= ahead.paid - 0.005
    )  # fmt: skip


def _share(ahead: Ahead, row: Mapping[str, Any]) -> float:
    return float((ahead.paid - ahead.allowed) / row["award"])


def _reduced(ahead: Ahead, row: Mapping[str, Any]) -> bool:
    """Whether the contract itself was not exceeded, only what a reduction left of it."""
    return ahead.rule == "contract" and ahead.paid <= row["award"] + 0.005


def _weight(ahead: Ahead, row: Mapping[str, Any]) -> float:
    over = _share(ahead, row)
    if ahead.rule == "contract" and _reduced(ahead, row):
        return 0.1 + 0.4 * over / (over + 0.15)
    if ahead.rule == "contract":
        return 0.5 + 0.4 * over / (over + 0.15)
    if ahead.rule == "progress":
        return 0.4 + 0.4 * over / (over + 0.3)
    return 0.65 if ahead.days is None else 0.35 + 0.3 * ahead.days / (ahead.days + 90)


def _lead(row: dict[str, Any], found: list[Ahead], proof: Certified | None, audit: pd.Timestamp | None,
          inputs: Inputs) -> dict[str, Any]:  # fmt: skip
    worst = max(found, key=lambda ahead: (_weight(ahead, row), ahead.rule))
    over = max((_share(ahead, row) for ahead in found if ahead.rule != "audit"), default=0.0)
    rules = sorted("reduced" if _reduced(ahead, row) else ahead.rule for ahead in found)
    objects = [thing("contracts", row["contract_id"])]
    for table, name in (("projects", row["project_id"]), ("tenders", row["tender_id"])):
        objects += [thing(table, name)] if isinstance(name, str) else []
    share = worst.paid / row["award"]
    red = over >= inputs["red_share"] or (worst.rule == "audit" and worst.days is None)
    slight = all(_reduced(ahead, row) for ahead in found) and not red
    yuan = [ahead.paid - ahead.allowed for ahead in found if ahead.rule != "audit"]
    return {
        "lead": row["contract_id"],
        "subjects": [party(row["buyer_id"], "unit"), party(row["supplier_id"], "supplier")]
        + [party(row["handler_id"], "official")] * isinstance(row["handler_id"], str),
        "objects": objects,
        "kind": "rule",
        "severity": "red" if red else "note" if slight else "yellow",
        "value": round(share, 6),
        "score": round(min(_weight(worst, row) + 0.04 * (len(found) - 1), 0.99), 4),
        "p_value": None,
        "amount": max(yuan) if yuan and row["currency"] == "CNY" else None,
        "period_start": row["signed_on"],
        "period_end": worst.on,
        "fence": f"tolerance {inputs['tolerance']:.1%}; progress +{inputs['progress_margin']:.0%} of the contract; "
        f"before the audit under {1 - inputs['quality_deposit']:.0%}",
        "contract": row["contract_id"],
        "share_text": f"{share:.1%}",
        "day": worst.on,
        "rules_zh": "、".join(_RULES[rule].zh for rule in rules),
        "rules_en": ", ".join(_RULES[rule].en for rule in rules),
    }


def _evidence(lead: str, row: dict[str, Any], found: list[Ahead], proof: Certified | None,
              steps: list[tuple[pd.Timestamp, float, str, str]]) -> list[dict[str, str]]:  # fmt: skip
    rows = {("contracts", row["row_key"]): "contract"}
    rows |= {("payments", key): "paid" for ahead in found for key in ahead.keys}
    rows |= {("contract_changes", key): "change" for _, _, _, key in steps}
    if proof is not None:
        rows |= {("project_events", key): "progress" for key in proof.keys}
    return [{"lead": lead, "table": table, "key": key, "role": role} for (table, key), role in rows.items()]


def _counters(lead: str, row: dict[str, Any], found: list[Ahead],
              steps: list[tuple[pd.Timestamp, float, str, str]]) -> list[dict[str, str]]:  # fmt: skip
    told = []
    if any(ahead.rule == "progress" for ahead in found):
        late = Text("非年末支付或其后未补确认", "not at year-end, or not made good")
        known = pd.notna(row["advance"])
        note = Text("已计入合同约定预付比例", "the contract's own advance is added to what was due")
        told.append(counter(lead, "year_end", False, late.both()))
        told.append(counter(lead, "prepayment", False if known else None, note.both() if known else ""))
    over = [ahead for ahead in found if ahead.rule == "contract"]
    if over:
        later = sum(yuan for day, yuan, _, _ in steps if day > over[0].on)
        covers = later > 0 and over[0].allowed + later >= over[0].paid - 0.005
        note = Text("其后无变更覆盖", "no later change covers it")
        if covers:
            note = Text("其后补签的变更可覆盖", "a later change covers it")
        told.append(counter(lead, "later_change", covers, note.both()))
    return told


INDICATOR = Indicator(
    id="life-pay-ahead",
    number=47,
    title=Text("提前或超额付款", "Paid ahead or beyond"),
    question=Text(
        "是否超合同、超进度付款，或在审计前付清？",
        "Was money paid beyond the contract, ahead of progress, or in full before the audit?",
    ),
    summary=Text(
        "{unit}对{supplier}的合同{contract}截至 {day} 已付合同价的 {share_text}：{rules_zh}。",
        "{unit} had paid {supplier} {share_text} of contract {contract} by {day}: {rules_en}.",
    ),
    innocent=(
        Innocent(
            "prepayment",
            Text("合同约定的预付款。", "An advance that the contract grants."),
            Text("将合同的预付比例计入应付额。", "The contract's share paid in advance is added to what was due."),
        ),
        Innocent(
            "year_end",
            Text("年末集中支付，进度随后确认。", "A year-end payment, certified soon after."),
            Text(
                "十二月下旬支付且一个月内确认的，予以排除。",
                "Excluded where paid in late December and certified within a month.",
            ),
        ),
        Innocent(
            "later_change",
            Text("变更手续随后补办。", "A change that was signed later."),
            Text("查付款之后的变更能否覆盖。", "Changes after the payment are looked up."),
        ),
        Innocent("settled", Text("上级批准的工程款结算方式。", "A way of settlement approved by a higher body.")),
    ),
    next_steps=(
        Text("调取付款审批单，看谁提议、谁批准。", "Fetch the payment approvals: who proposed, who approved."),
        Text("将监理进度与付款逐笔对照。", "Hold each payment against the supervisor's progress."),
        Text("比较该企业与同行的付款周期。", "Compare how soon this supplier and its peers were paid."),
    ),
    kinds=("rule",),
    subject="contract",
    needs={
        "contracts": ("contract_id", "buyer_id", "supplier_id", "amount", "signed_on"),
        "payments": ("paid_at", "payer_account", "payee_account", "amount"),
    },
    uses=("accounts", "contract_changes", "project_events", "projects", "applications", "coverage"),
    params=(
        Param("tolerance", 0.005, "fraction", Text("计价尾差。", "Odd sums of pricing."), 0, 0.2),
        Param(
            "progress_margin", 0.05, "fraction", Text("进度确认允许误差。", "Progress is certified roughly."), 0, 0.5
        ),
        Param("red_share", 0.1, "fraction", Text("超付一成以上为红色。", "Red from a tenth too much."), 0, 2),
        Param(
            "settle_margin",
            0.1,
            "fraction",
            Text(
                "结算超合同一成以内视为正常追加(政府采购法第四十九条)。",
                "A settlement may exceed the contract by a tenth (procurement law, art. 49).",
            ),
            0,
            1,
            to_confirm=True,
        ),
        Param(
            "quality_deposit",
            0.03,
            "fraction",
            Text("质量保证金不超过百分之三。", "The quality deposit is at most 3 %."),
            0,
            0.2,
            to_confirm=True,
        ),
        Param(
            "usual_advance",
            0.3,
            "fraction",
            Text("工程预付款一般不超过三成。", "An advance on works is usually at most 30 %."),
            0,
            1,
            to_confirm=True,
        ),
    ),
    references=(
        Reference("长春, 2021: favours in payment of works and in advances (工程款支付、垫资给予方便)"),
        Reference("义乌, 2025: review in five layers before funds are paid"),
        Reference("财政部、建设部 (2004), 建设工程价款结算暂行办法"),
        Reference("OCP (2024), Red Flags in Public Procurement: R068"),
    ),
    value_unit=Text("已付与合同价之比", "paid over the contract's amount"),
    engine="kernel",
    example=Example(
        tables={
            "projects": "project_id,name,owner_id,lifecycle\nJ,路,U,engineering\n",
            "accounts": "account_id,holder_id\naU,U\naS,S\n",
            "contracts": "contract_id,buyer_id,supplier_id,amount,signed_on,project_id\nOVER,U,S,1000000,2020-01-06,\n"
            "CHANGED,U,S,1000000,2020-01-06,\nAHEAD,U,S,1000000,2020-01-06,J\nNONE,U,S,1000000,2020-01-06,\n",
            # OVER: 500,000 + 540,000 = 104 %. CHANGED: 1,060,000, but 70,000 more were agreed before. AHEAD: 800,000
            # paid on 03-20 at 400,000 certified: due are 400,000 + 5 % of 1,000,000. NONE: nothing names it.
            "payments": "payment_id,paid_at,payer_account,payee_account,amount,reference_id\n"
            "a,2020-03-02,aU,aS,500000,OVER\nb,2020-06-01,aU,aS,540000,OVER\n"
            "c,2020-03-02,aU,aS,500000,CHANGED\nd,2020-09-01,aU,aS,560000,CHANGED\n"
            "e,2020-02-20,aU,aS,150000,AHEAD\nf,2020-03-20,aU,aS,650000,AHEAD\n",
            "contract_changes": "change_id,contract_id,amount,changed_on\nx,CHANGED,70000,2020-05-04\n",
            "project_events": "event_id,project_id,stage,happened_on,amount\n"
            "p1,J,progress_certified,2020-02-18,150000\np2,J,progress_certified,2020-03-16,250000\n",
        },
        flags=frozenset({"OVER", "AHEAD"}),
        leaves=frozenset({"CHANGED"}),
        others={"NONE": "not_assessable"},
    ),
    compute=_compute,
)
