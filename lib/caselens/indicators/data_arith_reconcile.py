"""The guard: does every stated total, share and product follow from the figures it is said to rest on?

A stated figure with a formula is calculated again. It reconciles within 0.5 %, or within the rounding of the printed
figures (whole numbers are exact; half a unit of the last decimal otherwise, added up over the formula). Where it does
not, other units are tried (the rates together in %, ‰ or bp; one sum, or the result, in 元, 万元 or 亿元), and what
comes true is told: that is a slip of the pen, or of the case. Tables: an offer is the sum of its priced items
(two or more, within the tolerance), shares of a firm in force do not exceed the whole, nothing ends before it begins.
These are notes. A figure without a formula is not judged; a formula that cannot be calculated is not assessable.
"""

from __future__ import annotations

from typing import Any

import ibis
import pandas as pd

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._arith import Figure, Reading, Unreadable, agrees, other_units, read, tokens
from caselens.indicators._circle import missing
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result

#: Periods that cannot end before they begin: table, party, start, end.
_PERIODS = (
    ("appointments", "person_id", "start_date", "end_date"),
    ("employments", "person_id", "start_date", "end_date"),
    ("ownerships", "org_id", "start_date", "end_date"),
    ("directorships", "org_id", "start_date", "end_date"),
    ("licences", "org_id", "valid_from", "valid_until"),
    ("financings", "borrower_id", "start_date", "maturity_date"),
    ("applications", "authority_id", "submitted_on", "decided_on"),
    ("tenders", "buyer_id", "published_on", "deadline_at"),
    ("unit_events", "org_id", "happened_on", "replied_on"),
    ("rectifications", "unit_id", "found_on", "closed_on"),
)


def _compute(inputs: Inputs) -> Result:
    leads, evidence, counters = [], [], []
    figures = _figures(inputs)
    units = _named_units(inputs, {str(row["document"]) for row in figures if row["formula"]})
    seen: set[str] = set()
    dark: dict[str, str] = {}
    by_id = {str(row["figure_id"]): row for row in figures}
    for row in figures:
        if not row["formula"]:
            continue
        seen.add(str(row["figure_id"]))
        try:
            judged = _judged(row, figures, by_id, inputs["tolerance"])
        except Unreadable as error:
            dark[str(row["figure_id"])] = str(error)
            continue
        if judged is None:
            continue
        reading, readings, used = judged
        leads.append(_lead(row, reading, readings, by_id, units, inputs))
        keys = [str(row["row_key"]), *(str(by_id[name]["row_key"]) for name in used)]
        evidence += [
            {"lead": row["figure_id"], "table": "stated_figures", "key": key, "role": "stated" if n == 0 else "basis"}
            for n, key in enumerate(keys)
        ]
        counters += _counters(str(row["figure_id"]), readings)
    hits = {str(lead["lead"]) for lead in leads}
    for name, found, looked in (_items(inputs), _shares(inputs), *_orders(inputs)):
        if not looked:
            continue
        seen.add(name)
        for row in found:
            hits.add(name)
            leads.append(_note(name, row, inputs))
            evidence += [
                {"lead": leads[-1]["lead"], "table": t, "key": k, "role": "contradiction"} for t, k in row["rows"]
            ]
            counters.append(counter(leads[-1]["lead"], "rounding", False))
    states = assessed(hits, seen, dark)
    return Result(states, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _figures(inputs: Inputs) -> list[dict[str, Any]]:
    table = inputs.table("stated_figures")
    label = table.label if inputs.has("stated_figures", "label") else ibis.null("string")
    rows = table.select("figure_id", "document", "value", "unit", "formula", "row_key", label=label).execute()
    found = []
    for row in rows.sort_values("figure_id").to_dict("records"):
        formula = "" if missing(row["formula"]) else str(row["formula"]).strip()
        name = "" if missing(row["label"]) else str(row["label"]).strip()
        found.append({**row, "formula": formula, "label": name, "value": float(row["value"])})
    return found


def _named_units(inputs: Inputs, documents: set[str]) -> dict[str, str]:
    """Document -> the organization whose name stands in its title, the longest name first."""
    if not documents or not inputs.has("organizations"):
        return {}
    titles = ibis.memtable(pd.DataFrame({"document": pd.Series(sorted(documents), dtype="string")}))
    units = inputs.table("organizations").filter(lambda t: t.name.length() >= 4).select("org_id", "name")
    both = titles.cross_join(units)
    met = both.filter(both.document.contains(both.name)).execute()
    met["length"] = met["name"].str.len()
    met = met.sort_values(["document", "length", "org_id"], ascending=[True, False, True]).drop_duplicates("document")
    return dict(zip(met["document"], met["org_id"], strict=True))


def _judged(
    row: dict[str, Any], figures: list[dict[str, Any]], by_id: dict[str, dict[str, Any]], tolerance: float
) -> tuple[Reading, list[Reading], list[str]] | None:
    """``None`` where the figure reconciles; else how it reads, the readings that would, and what it rests on."""
    same = [one for one in figures if one["document"] == row["document"] and one["figure_id"] != row["figure_id"]]
    names = {one["label"]: str(one["figure_id"]) for one in same if one["label"]}
    names |= {str(one["figure_id"]): str(one["figure_id"]) for one in (figures if len(figures) <= 500 else same)}
    parts = tokens(row["formula"], names)
    used = list(dict.fromkeys(part[1:] for part in parts if part.startswith("$")))
    if not used:
        raise Unreadable("计算式未引用其他数字 | the formula rests on no other figure")
    stated = _figure(row)
    rest = {name: _figure(by_id[name]) for name in used}
    if agrees(parts, stated, rest, {}, tolerance) is not None:
        return None
    reading, _ = read(parts, stated, rest, {})
    return reading, other_units(parts, stated, rest, tolerance), used


def _figure(row: dict[str, Any]) -> Figure:
    return Figure(str(row["figure_id"]), row["value"], str(row["unit"]))


def _items(inputs: Inputs) -> tuple[str, list[dict[str, Any]], bool]:
    """Offers that are not the sum of their priced items."""
    if not inputs.has("bid_items", "quantity", "unit_price") or not inputs.has("bids", "price"):
        return "bids", [], False
    items, bids = inputs.table("bid_items"), inputs.table("bids")
    lines = items.quantity.cast("float64") * items.unit_price.cast("float64")
    sums = items.mutate(line=lines).group_by("tender_id", "bidder_id").agg(
        total=ibis._.line.sum(), n=ibis._.count(), priced=ibis._.line.count()
    )  # fmt: skip
    both = bids.join(
        sums.rename(tender="tender_id", bidder="bidder_id"), [("tender_id", "tender"), ("bidder_id", "bidder")]
    )
    price = both.price.cast("float64")
    limit = ibis.literal(round(inputs["tolerance"] * 1_000_000)) / 1_000_000
    wrong = both.filter(
        (both.n >= 2) & (both.n == both.priced) & ((both.total - price).abs() > limit * both.total + 0.01)
    )
    rows = wrong.select("row_key", "bidder_id", total="total", price=wrong.price.cast("float64")).execute()
    found = [
        {"key": str(row["row_key"]), "party": str(row["bidder_id"]), "rows": [("bids", str(row["row_key"]))],
         "off": abs(row["price"] / row["total"] - 1), "amount": abs(row["price"] - row["total"]),
         "zh": f"报价{row['price']:,.2f}元与分项合计{row['total']:,.2f}元不符",
         "en": f"the offer of {row['price']:,.2f} yuan is not the sum of its items, {row['total']:,.2f}"}
        for row in rows.sort_values("row_key").to_dict("records")
    ]  # fmt: skip
    return "bids", found, True


def _shares(inputs: Inputs) -> tuple[str, list[dict[str, Any]], bool]:
    """Firms whose shares in force exceed the whole."""
    if not inputs.has("ownerships", "share"):
        return "ownerships", [], False
    held = inputs.table("ownerships")
    held = held.filter(held.end_date.isnull() & held.share.notnull())
    sums = held.group_by("org_id").agg(total=held.share.sum(), n=held.count())
    over = sums.filter((sums.total > 1 + ibis.literal(5) / 1000) & (sums.n >= 2)).execute()
    rows = held.filter(held.org_id.isin(list(over["org_id"]))).select("org_id", "row_key").execute()
    found = []
    for row in over.sort_values("org_id").to_dict("records"):
        keys = sorted(rows.loc[rows["org_id"] == row["org_id"], "row_key"])
        found.append(
            {"key": str(row["org_id"]), "party": str(row["org_id"]), "rows": [("ownerships", str(key)) for key in keys],
             "off": float(row["total"]) - 1, "amount": None, "zh": f"现有股权合计{row['total']:.1%}",
             "en": f"the shares in force add up to {row['total']:.1%}"}
        )  # fmt: skip
    return "ownerships", found, True


def _orders(inputs: Inputs) -> list[tuple[str, list[dict[str, Any]], bool]]:
    """Periods that end before they begin, one entry a table."""
    made = []
    for table, who, start, end in _PERIODS:
        if not inputs.has(table, who, start, end):
            continue
        rows = inputs.table(table)
        wrong = rows.filter(rows[who].notnull() & (rows[end].cast("date") < rows[start].cast("date")))
        frame_ = wrong.select(
            "row_key", party=who, begins=rows[start].cast("date"), ends=rows[end].cast("date")
        ).execute()
        found = [
            {"key": str(row["row_key"]), "party": str(row["party"]), "rows": [(table, str(row["row_key"]))], "off": 0.0,
             "amount": None, "zh": f"结束日{_day(row['ends'])}早于开始日{_day(row['begins'])}",
             "en": f"it ends on {_day(row['ends'])}, before it begins on {_day(row['begins'])}"}
            for row in frame_.sort_values("row_key").to_dict("records")
        ]  # fmt: skip
        made.append((f"{table}.{end}", found, True))
    return made


def _day(value: Any) -> str:
    return pd.Timestamp(value).strftime("%Y-%m-%d")


def _lead(
    row: dict[str, Any],
    reading: Reading,
    readings: list[Reading],
    by_id: dict[str, dict[str, Any]],
    units: dict[str, str],
    inputs: Inputs,
) -> dict[str, Any]:
    document, name = str(row["document"]), str(row["figure_id"])
    stated = _figure(row)
    scale = stated.scaled() / stated.value if stated.value else 1.0
    zh, en = _told(readings, by_id)
    weight = 0.55 if readings else 0.45
    return {
        "lead": name,
        "subjects": [party(units.get(document, document), "unit" if document in units else "document")],
        "objects": [thing("stated_figures", name)],
        "kind": "rule",
        "severity": "yellow" if reading.off < 0.05 and not readings else "red",
        "value": reading.off,
        "score": weight + 0.35 * reading.off / (reading.off + 0.2),
        "p_value": None,
        "amount": abs(reading.stated - reading.computed) if stated.kind == "money" else None,
        "period_start": None,
        "period_end": None,
        "fence": f"tolerance {inputs['tolerance']:.1%}, or the rounding of the printed figures",
        "where_zh": f"《{document}》",
        "where_en": f'"{document}"',
        "what_zh": f"{row['label'] or name}写为{stated.value:g}{stated.unit},"
        f"按式计算应为{reading.computed / scale:,.6g}{stated.unit}{zh}",
        "what_en": f"{row['label'] or name} is stated as {stated.value:g} {stated.unit}; the formula gives "
        f"{reading.computed / scale:,.6g} {stated.unit}{en}",
    }


def _told(readings: list[Reading], by_id: dict[str, dict[str, Any]]) -> tuple[str, str]:
    """In which units it would reconcile."""
    if not readings:
        return ",换用其他单位也不能吻合", ", and no other unit makes it right"
    said = [
        "、".join(f"{by_id[name]['label'] or name}→{unit}" for name, unit in sorted(reading.units.items()))
        for reading in readings
    ]
    return f";如单位改为({';'.join(said)})则吻合", f"; it is right if read as ({'; '.join(said)})"


def _note(name: str, row: dict[str, Any], inputs: Inputs) -> dict[str, Any]:
    table, key = row["rows"][0]
    return {
        "lead": f"{name}|{row['key']}",
        "subjects": [party(row["party"], "unit")],
        "objects": [thing(table, key)],
        "kind": "rule",
        "severity": "note",
        "value": row["off"],
        "score": 0.2 + 0.2 * row["off"] / (row["off"] + 0.2),
        "p_value": None,
        "amount": row["amount"],
        "period_start": None,
        "period_end": None,
        "fence": f"tolerance {inputs['tolerance']:.1%}",
        "where_zh": f"数据表{name}",
        "where_en": f"Table {name}",
        "what_zh": row["zh"],
        "what_en": row["en"],
    }


def _counters(lead: str, readings: list[Reading]) -> list[dict[str, str]]:
    slip = Text("换单位后吻合，可能是笔误", "right in another unit: perhaps a slip of the pen")
    none = Text("换单位也不吻合", "no other unit makes it right")
    return [
        counter(lead, "rounding", False, Text("已计入取舍误差", "rounding was allowed for").both()),
        counter(lead, "slip", None, (slip if readings else none).both()),
    ]


INDICATOR = Indicator(
    id="data-arith-reconcile",
    number=53,
    title=Text("数字勾稽核对", "Figures that do not reconcile"),
    question=Text(
        "材料和数据表中写明的合计、比例、乘积和日期先后，能否由其依据算出？",
        "Do stated totals, shares, products and orders of dates follow from the figures they rest on?",
    ),
    summary=Text("{where_zh}：{what_zh}。", "{where_en}: {what_en}."),
    innocent=(
        Innocent(
            "rounding",
            Text("四舍五入。", "Rounding."),
            Text("按各数字的小数位推算允许误差。", "The error allowed is taken from the printed decimals."),
        ),
        Innocent("slip", Text("单位笔误。", "A slip of the pen in a unit.")),
    ),
    next_steps=(
        Text("查阅原始凭证，确认哪个数字有误。", "Look into the vouchers: which figure is wrong."),
        Text("依错误数字作出的决定须重新核算。", "Calculate again what was decided on the wrong figure."),
    ),
    kinds=("rule",),
    subject="figure",
    needs={"stated_figures": ("document", "value", "unit", "formula")},
    uses=("organizations", "bids", "bid_items", *dict.fromkeys(table for table, *_ in _PERIODS)),
    params=(Param("tolerance", 0.005, "fraction", Text("计价尾差。", "Odd sums of pricing."), 0, 0.2),),
    references=(
        Reference("株洲, 2024: 250万 of interest saved follows only if the rates are per mille, not per cent"),
        Reference("株洲, 2024: 4.7亿 at 22.16 % rest on 21.2亿; 6.24亿 to 2.9亿 is 53.5 % less"),
    ),
    value_unit=Text("与计算值的相对差", "share by which it differs from the calculated value"),
    engine="kernel",
    example=Example(
        tables={
            "organizations": "org_id,name\nU,云江城投集团\n",
            # saved: 5亿 x (4 % - 3 %) x 5 is 2,500万, not 250万; per mille it is 250万. drop: (6.24 - 2.9) / 6.24 is
            # 53.53 %. odd: its formula names a figure nobody stated.
            "stated_figures": "figure_id,document,label,value,unit,formula\n"
            "principal,云江城投集团情况通报,本金,5,亿元,\nbefore,云江城投集团情况通报,原费率,4,%,\n"
            "after,云江城投集团情况通报,现费率,3,%,\n"
            "years,云江城投集团情况通报,年限,5,年,\n"
            "saved,云江城投集团情况通报,节约,250,万元,principal * (before - after) * years\n"
            "e,另一通报,估算,6.24,亿元,\nf,另一通报,实际,2.9,亿元,\ndrop,另一通报,降幅,53.5,%,(e - f) / e\n"
            "odd,另一通报,合计,7,亿元,e + nobody\n",
        },
        flags=frozenset({"saved"}),
        leaves=frozenset({"drop"}),
        others={"odd": "not_assessable"},
    ),
    compute=_compute,
)
