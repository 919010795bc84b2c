"""Public property sold or let for less than it is worth.

A sale under ``min_ratio`` of the appraisal without an approval number is a breach; without an appraisal the book value
stands in (yellow). With an approval it is excluded, unless the buyer is Linked to somebody with a post at the seller or
leading a unit above it: then it is a link lead, as is a sale to such a buyer by agreement, to a single bidder, or under
the appraisal without approval. A price below the book that an appraisal explains is no lead. Rent is no price: leases
are compared by rent per square metre (and month, where the term is known) with at least ``min_leases`` others of the
region, on the log scale; both must lie under the Tukey fence and under ``low_rent`` of the median. A transfer between
public units is excluded. A single bidder, an agreement, several cuts and an appraiser whom the seller always uses are
told with a lead; two of them with a price under the appraisal and no approval are a note.
"""

from __future__ import annotations

import re
from typing import Any

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._circle import Cited, cite, cited, missing
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._property import disposals, linked_buyers, low_rents

_AGREED = "agree|negotiat|协议|direct"


def _marks(row: dict[str, Any], usual: set[tuple[str, str]], inputs: Inputs) -> list[Text]:
    marks = []
    if not missing(row["bidder_count"]) and row["bidder_count"] <= 1:
        marks.append(Text("仅一家竞买", "a single bidder"))
    if re.search(_AGREED, row["method"]):
        marks.append(Text("协议转让", "by agreement"))
    if not missing(row["rounds"]) and row["rounds"] > inputs["many_cuts"]:
        marks.append(Text(f"经 {row['rounds']:.0f} 轮", f"{row['rounds']:.0f} rounds"))
    if (row["seller_id"], row["appraiser_id"]) in usual:
        marks.append(Text("评估机构长期为同一家", "always the same appraiser"))
    return marks


def _compute(inputs: Inputs) -> Result:
    found, linked = disposals(inputs), linked_buyers(inputs)
    low, alone = low_rents(found, inputs)
    counts = found.dropna(subset=["appraiser_id"]).groupby(["seller_id", "appraiser_id"]).size()
    shares = counts / counts.groupby("seller_id").transform("sum")
    usual = set(counts[(counts >= 4) & (shares >= 0.8)].index)
    leads, evidence, counters = [], [], []
    excluded: dict[str, str] = {}
    unknown: dict[str, str] = {}
    for row in found.to_dict("records"):
        name = row["disposal_id"]
        row["officials"] = linked[linked["disposal_id"] == name]
        row["low_rent"], row["marks"] = low.get(name), _marks(row, usual, inputs)
        told = _answer(row, inputs)
        if told in ("approved", "public"):
            excluded[name] = _EXCLUDED[told].both()
        elif told in ("rule", "link", "note"):
            leads.append(_lead(row, told, inputs))
            cites: Cited = {("asset_disposals", row["row_key"]): "disposal"}
            cites |= {("appointments", key): "post" for key in row["officials"]["post_key"]}
            for rows in row["officials"]["rows"]:
                cite(cites, rows, "link")
            evidence += cited(name, cites)
            counters += _counters(name, row)
        elif told:
            unknown[name] = _UNKNOWN[told].both()
        elif name in alone:
            unknown[name] = Text("可比租赁不足，或面积不详", "too few leases to compare with, or no area").both()
    states = assessed({lead["lead"] for lead in leads}, found["disposal_id"], unknown, excluded)
    return Result(states, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


_EXCLUDED = {
    "approved": Text(
        "低于评估价或市场租金，但有批准文号", "below the appraisal or the market, with an approval number"
    ),
    "public": Text("国有或集体单位之间的划转", "a transfer between public units"),
}
_UNKNOWN = {
    "no_worth": Text("无评估价亦无账面价值", "neither an appraisal nor a book value"),
    "no_approval": Text("数据无批准文号一列", "lacks asset_disposals.approval_no"),
}


def _answer(row: dict[str, Any], inputs: Inputs) -> str:
    """What a disposal is: a kind of lead, why it is excluded, why it cannot be judged, or "" where nothing is odd."""
    close = not row["officials"].empty
    if row["lease"]:
        if row["low_rent"] is None:
            return ""
        return "link" if close else "approved" if row["approved"] else "rule"
    if missing(row["ratio"]):
        return "no_worth"
    under = row["ratio"] < (1 if row["appraisal"] > 0 else inputs["min_ratio"])
    if row["public"]:
        return "public" if under else ""
    lone = any(mark.en in ("a single bidder", "by agreement") for mark in row["marks"])
    if close and (lone or row["ratio"] < inputs["min_ratio"] or (under and not row["approved"])):
        return "link"
    if row["ratio"] >= inputs["min_ratio"]:
        return "note" if under and not row["approved"] and len(row["marks"]) > 1 else ""
    if row["approved"]:
        return "approved"
    return "rule" if inputs.has("asset_disposals", "approval_no") else "no_approval"


def _lead(row: dict[str, Any], kind: str, inputs: Inputs) -> dict[str, Any]:
    ratio = row["low_rent"] if row["lease"] else row["ratio"]
    gap = max(0.0, (1.0 if kind == "link" else inputs["min_ratio"]) - ratio)
    officials = sorted(set(row["officials"]["official_id"]))
    appraised = not row["lease"] and row["appraisal"] > 0
    base = {"rule": 0.45 if appraised else 0.35, "link": 0.5, "note": 0.2}[kind]
    extra = 0.1 * (bool(officials) and not row["approved"])
    marks = [*row["marks"]] + [Text("无批准文号", "no approval number")] * (not row["approved"])
    marks += [Text("受让人与有关公职人员有关联", "the buyer is linked to an official")] * bool(officials)
    score = base + extra + 0.3 * gap / (gap + 0.3) + 0.025 * len(row["marks"])
    against = (
        Text("当地租金中位数", "the local median rent") if row["lease"]
        else Text("评估价", "the appraisal") if appraised else Text("账面价值", "the book value")
    )  # fmt: skip
    red = (kind == "rule" and appraised) or (kind == "link" and gap > 0.1)
    return {
        "lead": row["disposal_id"],
        "subjects": [party(row["seller_id"], "unit"), party(row["buyer_id"], "buyer")]
        + [party(name, "official") for name in officials if name != row["buyer_id"]],
        "objects": [thing("asset_disposals", row["disposal_id"])],
        "kind": "link" if kind == "link" else "rule",
        "severity": "note" if kind == "note" else "red" if red else "yellow",
        "value": float(ratio),
        "score": round(min(score, 0.99), 4),
        "p_value": None,
        "amount": row["worth"] - row["price"] if row["currency"] == "CNY" and not row["lease"] and gap else None,
        "period_start": row["disposed_on"],
        "period_end": row["disposed_on"],
        "fence": f"at least {inputs['min_ratio']:.0%} of the appraisal; rent over {inputs['low_rent']:.0%} of median",
        "ratio_text": f"{ratio:.1%}",
        "against_zh": against.zh,
        "against_en": against.en,
        "marks_zh": "".join(f",{mark.zh}" for mark in marks),
        "marks_en": "".join(f"; {mark.en}" for mark in marks),
    }  # fmt: skip


def _counters(lead: str, row: dict[str, Any]) -> list[dict[str, str]]:
    approved = row["approved"]
    note = Text("有批准文号，但受让人有关联，不足以说明", "approved, but the buyer is linked") if approved else Text(
        "无批准文号", "no approval number"
    )  # fmt: skip
    told = [counter(lead, "approved", False, note.both())]
    if row["appraisal"] > 0 and row["book"] > 0 and not row["lease"]:
        share = row["appraisal"] / row["book"]
        note = Text(
            f"评估价为账面的 {share:.0%}，已按评估价比较", f"appraised at {share:.0%} of the book, which was used"
        )
        told.append(counter(lead, "bad_asset", False, note.both()))
    return told


INDICATOR = Indicator(
    id="asset-below-book",
    number=51,
    title=Text("资产低价处置", "Public property under value"),
    question=Text(
        "国有、集体资产是否未经批准低于评估价处置、低于市场出租，或转给关联人？",
        "Was public property sold under its appraisal without approval, let under the market, or passed to a linked "
        "buyer?",
    ),
    summary=Text(
        "{unit}处置给{buyer}的资产，价格为{against_zh}的 {ratio_text}{marks_zh}。",
        "Property of {unit} went to {buyer} for {ratio_text} of {against_en}{marks_en}.",
    ),
    innocent=(
        Innocent(
            "approved",
            Text("流拍后经批准降价。", "Lowered with approval after a failed auction."),
            Text("有批准文号且受让人无关联的，予以排除。", "Excluded with an approval number and no linked buyer."),
        ),
        Innocent(
            "bad_asset",
            Text("资产状况差，账面虚高。", "A bad asset, overvalued in the books."),
            Text("以评估价而非账面价值比较。", "Compared with the appraisal, not with the book."),
        ),
        Innocent("assumptions", Text("评估假设已变化。", "The appraisal's assumptions no longer held.")),
    ),
    next_steps=(
        Text("查评估假设和评估机构的选聘。", "Look at the appraisal's assumptions and how the appraiser was chosen."),
        Text("查竞买人之间的关系和流拍过程。", "Look at ties between bidders and at the failed rounds."),
    ),
    kinds=("link", "rule"),
    subject="disposal",
    needs={"asset_disposals": ("seller_id", "buyer_id", "book_value", "price", "disposed_on")},
    uses=("organizations", "appointments"),
    relations=("links", "above"),
    params=(
        Param(
            "min_ratio",
            0.9,
            "fraction",
            Text(
                "低于评估价九成须报批(企业国有资产交易监督管理办法)。",
                "Below nine tenths of the appraisal an approval is due (rules on trading state assets).",
            ),
            0.1,
            1,
            to_confirm=True,
        ),
        Param("low_rent", 0.5, "fraction", Text("租金不及当地中位数一半。", "Rent of half the local median."), 0.05, 1),
        Param("min_leases", 8, "leases", Text("少于此数无从比较。", "Fewer cannot be compared with."), 4, 1000),
        Param("many_cuts", 3, "rounds", Text("三次降价以上。", "More than three rounds."), 1, 20),
    ),
    references=(
        Reference("株洲, 2024: book value of 48.28亿 made 5.23亿; leases included, so itself no flag"),
        Reference("义乌, 2025: keeping the value of state assets; leases of villages (三资)"),
        Reference("国务院国资委、财政部 (2016), 企业国有资产交易监督管理办法, 第十八条"),
    ),
    value_unit=Text("成交价与评估价(无则账面价)之比", "price over the appraisal, else over the book; lower is worse"),
    engine="kernel",
    example=Example(
        tables={
            "organizations": "org_id,name,kind\nU,城投,state_owned\nB,商贸,private\nG,学校,school\n",
            # CHEAP: 620 of 1,100 = 56 %, no approval. BOOK: 112 of 1,000 in the books, but appraised at 108. APPROVED:
            # 900 of 1,050 = 86 %, approved after a failed auction. RENT: a lease is no sale; nothing to compare with.
            "asset_disposals": "disposal_id,seller_id,buyer_id,book_value,appraised_value,price,method,approval_no,"
            "bidder_count,area,disposed_on\nCHEAP,U,B,1000,1100,620,agreement,,1,500,2020-03-02\n"
            "BOOK,U,B,1000,108,112,exchange_listing,批1号,4,500,2020-03-02\n"
            "APPROVED,U,B,1000,1050,900,exchange_listing,批2号,2,500,2020-03-02\n"
            "RENT,U,B,1000,1000,50,lease,批3号,2,500,2020-03-02\n",
        },
        flags=frozenset({"CHEAP"}),
        leaves=frozenset({"BOOK"}),
        others={"APPROVED": "excluded", "RENT": "not_assessable"},
    ),
    compute=_compute,
)
