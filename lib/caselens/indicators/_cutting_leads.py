"""The leads of cut purchases: sentence, score, evidence and what speaks against them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import pandas as pd

from caselens.core.text import Text
from caselens.indicators._answers import counter, party, thing
from caselens.indicators._bunching import Bunching, bunching
from caselens.indicators._cutting import Cut
from caselens.indicators._declare import Inputs
from caselens.indicators._purchases import CALL_OFF


def split_lead(lead: str, cut: Cut, found: pd.DataFrame, assumed: bool, inputs: Inputs) -> dict[str, Any]:
    """The lead of one cut; ``found`` are its purchases, ``assumed`` whether the rule's day is only assumed."""
    total, line = int(found["fen"].sum()), cut.line_fen
    one_request = bool((found["request"] != "").all() and found["request"].nunique() == 1)
    days = int(found["day"].max() - found["day"].min())
    near = float(found["fen"].max()) / line >= 0.9
    # A half for the pattern as such; one request form, nearness in time and nearness to the line each add to it.
    score = 0.5 + 0.2 * one_request + 0.15 * (days <= inputs["window_days"] / 3) + 0.15 * near
    only_note = assumed and not cut.statutory
    severity = "note" if only_note else "red" if one_request or cut.statutory or total >= 2 * line else "yellow"
    approved = found.loc[found["handler"] != "", "handler"].value_counts()
    suspects = sorted(name for name, times in approved.items() if times >= 2)
    others = sorted(set(approved.index) - set(suspects))
    return {
        "lead": lead,
        "subjects": [party(cut.buyer, "unit")]
        + [party(name, "supplier") for name in sorted(set(found["supplier"]))]
        + [party(name, "official") for name in suspects]
        + [party(name, "context") for name in others],
        # The buyer is the anchor: contracts are added with every delivery, the matter between these parties stays.
        "objects": [thing("organizations", cut.buyer)] + [thing("contracts", key) for key in found["key"]],
        "kind": "rule",
        "severity": severity,
        "value": total / line,
        "score": round(score * (0.5 if only_note else 1), 4),
        "p_value": None,
        "amount": total / 100,
        "period_start": found["signed_on"].min(),
        "period_end": found["signed_on"].max(),
        "fence": f"each < {line / 100:,.0f}, sum >= {line / 100:,.0f} CNY within {inputs['window_days']} d"
        + ("; the day the rule took effect is not on record" if only_note else ""),
        "text_zh": f"{len(found)}笔采购(单笔均低于{line / 1e6:g}万元)"
        + ("(该单位限额规定生效日期未知)" if only_note else ""),
        "text_en": f"{len(found)} purchases, each below CNY {line / 100:,.0f}"
        + (" (when the unit's line took effect is not on record)" if only_note else ""),
        "days": days,
    }


def split_evidence(
    lead: str, cut: Cut, found: pd.DataFrame, rules: pd.DataFrame, links: pd.DataFrame
) -> list[dict[str, str]]:
    """The purchases, the event that put the rule in force, and the rows that link the suppliers."""
    rows = {("contracts", key): "purchase" for key in found["row_key"]}
    for some in rules.loc[rules["unit_id"] == cut.buyer, "rows"]:
        rows |= {(row["table"], row["key"]): "rule_in_force" for row in some}
    suppliers = set(found["supplier"])
    if len(suppliers) > 1:
        mine = links[links["a"].isin(suppliers) & links["b"].isin(suppliers)]
        rows |= {(row["table"], row["key"]): "link" for some in mine["rows"] for row in some}
    return [{"lead": lead, "table": table, "key": key, "role": role} for (table, key), role in rows.items()]


_ONE_REQUEST = Text("各部分同一申请号", "parts share a request number")
_OWN_NUMBERS = Text("各有申请号，但由申请人自行填写", "a number each, but the requester writes them")
_NO_NUMBERS = Text("申请号记录不全", "request numbers are not all on record")
_NO_PARENT = Text("各部分均未注明框架合同或公开招标", "no part names a parent contract or an open tender")
_COMPARED = Text("已比较名称、交付内容与项目", "titles, deliverables and projects compared")
_RULE_DAY = Text("规则生效日期有记录", "the rule's day is on record")


def split_counters(lead: str, found: pd.DataFrame, assumed: bool, inputs: Inputs) -> list[dict[str, str]]:
    """What speaks against a cut, as far as the tables tell."""
    requests = found.loc[found["request"] != "", "request"]
    if len(requests) == len(found):
        one = requests.nunique() < len(requests)
        needs = counter(lead, "separate_needs", False if one else None, (_ONE_REQUEST if one else _OWN_NUMBERS).both())
    else:
        needs = counter(lead, "separate_needs", None, _NO_NUMBERS.both())
    goods = found[["title", "deliverable"]]
    told = bool((goods != "").all().all())
    differ = told and all(goods[name].is_unique for name in goods) and found["project"].nunique() == len(found)
    framework = False if inputs.has("contracts", "parent_contract_id") else None
    return [
        counter(lead, "framework", framework, _NO_PARENT.both()),
        counter(lead, "sites", differ if told else None, _COMPARED.both()),
        counter(lead, "emergency", False if inputs.has("project_events", "issued_by_id", "document_no") else None),
        needs,
        counter(lead, "no_rule", None if assumed else False, _RULE_DAY.both() if not assumed else ""),
    ]


def bunched(rows: pd.DataFrame, inputs: Inputs) -> Iterable[tuple[str, Bunching, pd.DataFrame]]:
    """Buyers with more purchases just below the line than expected, the test, and those purchases."""
    line = round(inputs["line"] * 100)
    free = rows[rows["in_scope"] & ~rows["is_before"] & ~(rows["out"] == CALL_OFF)]
    for buyer, part in free.groupby("buyer", sort=True):
        test = bunching(part["fen"].to_numpy(), line, round(inputs["round_to"] * 100), inputs["min_outside"])
        if test and test.below >= inputs["min_below"] and test.p_value < inputs["max_p"]:
            near = part[
                (part["fen"] >= 0.9 * line)
                & (part["fen"] < line)
                & (part["fen"] % round(inputs["round_to"] * 100) != 0)
            ]
            yield str(buyer), test, near


def bunching_lead(lead: str, buyer: str, test: Bunching, near: pd.DataFrame, inputs: Inputs) -> dict[str, Any]:
    """The lead of one buyer whose purchases crowd just below the line."""
    words = f"{test.below}:{test.above}"
    return {
        "lead": lead,
        "subjects": [party(buyer, "unit")],
        "objects": [thing("organizations", buyer)] + [thing("contracts", key) for key in near["key"]],
        "kind": "statistical",
        "severity": "yellow",
        "value": test.below / max(test.below + test.above, 1),
        # 0.5 at p = 0.01, a tenth more for every power of ten below.
        "score": round(min(0.3 - 0.1 * math.log10(max(test.p_value, 1e-12)), 1.0), 4),
        "p_value": test.p_value,
        "amount": float(near["fen"].sum()) / 100,
        "period_start": near["signed_on"].min(),
        "period_end": near["signed_on"].max(),
        "fence": f"[0.9 T, T) : [T, 1.1 T) = {words}, expected share below {test.share:.3f} from {test.outside} purchases"
        f" outside, {test.rounds} round sums left out, p < {inputs['max_p']}",
        "text_zh": f"金额紧贴限额之下的采购异常集中({words},另有整数金额{test.rounds}笔未计)",
        "text_en": f"purchases crowded just below the line ({words}; {test.rounds} round sums left out)",
        "days": int(near["day"].max() - near["day"].min()),
    }
