"""Totals that are equal, bids that climb by equal steps, one ratio over several tenders, the same unit prices.

Breaches of the rule against regular differences (no p-value): two totals equal to the fen; the same unit price in at
least 30 % of at least five common items, published prices (alike with all of four bidders and more) left out.
Statistical (see ``caselens.bids.regularity``): all bids of a tender, or a run of at least four of them, climb by steps
equal within 0.1 % of the price; the ratio of two bidders' prices is the same within 0.1 % in at least two
common tenders. Both at a false-discovery rate of 2 % over their family (tenders with at least three different bids;
pairs with enough common tenders), because some ratio of some pair of thousands repeats itself by accident. The
observed exactness counts: a ratio that returns to the fen is rarer than one within 0.1 %. Where the fee is set by
tariff the tender is excluded.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._bidding import bids_of, tenders_of
from caselens.indicators._chance import surprise
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._price_patterns import Pattern, equal_totals, ratios, same_items, steps

_TARIFF = Text("收费由标准规定，报价相同属正常", "the fee is set by tariff, so equal prices are normal").both()
_ONE = Text("只有一个有效报价", "only one valid bid with a price").both()
_MIXED = Text("报价币种不一", "the bids are in different currencies").both()

#: What is found, in both languages; the first kind found about the same parties and tender leads.
_WORDS: dict[str, Text] = {
    "equal": Text("总价完全相同，均为{detail}元", "bid the same total, {detail} yuan"),
    "steps": Text("报价按{detail}元等差递增", "bid in equal steps of {detail} yuan"),
    "ratio": Text(
        "同场{common}次中有{tenders}次报价成{detail}倍", "bid in the ratio {detail} in {tenders} of {common} tenders"
    ),
    "items": Text("清单单价相同{detail}项", "priced {detail} items the same"),
}


def _compute(inputs: Inputs) -> Result:
    bids, tenders = bids_of(inputs), tenders_of(inputs)
    facts = tenders.set_index("tender_id")
    tariff = set(facts.index[facts["method"] == "fixed_fee"])
    mixed = bids.groupby("tender_id")["currency"].nunique()
    mixed_tenders = set(mixed.index[mixed > 1])
    bids = bids[bids["tender_id"].isin(facts.index) & ~bids["tender_id"].isin(tariff | mixed_tenders)]
    climbing, chances = steps(bids, inputs)
    patterns = [*equal_totals(bids), *climbing, *ratios(bids, facts["opened"], inputs)]
    patterns += [item for item in same_items(inputs) if item.tenders[0] in facts.index.difference(list(tariff))]
    by_lead: dict[tuple[tuple[str, ...], str], list[Pattern]] = {}
    for item in patterns:
        by_lead.setdefault((tuple(sorted(item.bidders)), item.tenders[0]), []).append(item)
    leads, evidence, counters = [], [], []
    for (accused, tender), items in by_lead.items():
        lead = f"{tender}|{'|'.join(accused)}"
        leads.append(_lead(lead, items, facts, bids))
        evidence += _evidence(lead, items, facts)
        counters += _counters(lead, items, facts.loc[tender])
    one = bids.groupby("tender_id").size()
    few = dict.fromkeys(facts.index.difference(list(tariff | mixed_tenders)).difference(one.index[one >= 2]), _ONE)
    dark = few | dict.fromkeys(mixed_tenders & set(facts.index), _MIXED)
    hits = {tender for items in by_lead.values() for item in items for tender in item.tenders}
    told = assessed(hits, facts.index, dark, dict.fromkeys(tariff, _TARIFF))
    told["p_value"] = told["subject_id"].map(dict(zip(chances["tender_id"], chances["p"], strict=True)))
    return Result(told, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _lead(lead: str, items: list[Pattern], facts: pd.DataFrame, bids: pd.DataFrame) -> dict[str, Any]:
    first = items[0]
    tenders = list(dict.fromkeys(tender for item in items for tender in item.tenders))
    days = facts.loc[tenders, "opened"].dropna()
    rule = [item for item in items if item.p is None]
    p = min((item.p for item in items if item.p is not None), default=None)
    by_rule = 0.0 if not rule else 0.45 if all(item.round_sum for item in rule) else 0.7 + 0.03 * min(first.value, 8)
    named = bids[bids["tender_id"].isin(tenders) & bids["bidder_id"].isin(first.bidders)]
    return {
        "lead": lead,
        "subjects": [party(name, "bidder") for name in first.bidders],
        "objects": [thing("tenders", tender) for tender in tenders],
        "kind": "rule" if rule else "statistical",
        "severity": "note" if all(item.round_sum for item in items) else "yellow" if first.what == "items" else "red",
        "value": first.value,
        "score": round(max(by_rule, surprise(p) if p is not None else 0.0), 4),
        "p_value": None if rule else p,
        "amount": float(named.groupby("tender_id")["price"].min().sum()),
        "period_start": days.min() if len(days) else None,
        "period_end": days.max() if len(days) else None,
        "fence": "; ".join(f"{i.what} {i.detail}" + ("" if i.p is None else f", p {i.p:.2g}") for i in items),
        "text_zh": ",".join(_words(item).zh for item in items),
        "text_en": ", ".join(_words(item).en for item in items),
    }


def _words(item: Pattern) -> Text:
    given = {"detail": item.detail, "tenders": len(item.tenders), "common": item.common}
    return Text(_WORDS[item.what].zh.format(**given), _WORDS[item.what].en.format(**given))


def _evidence(lead: str, items: list[Pattern], facts: pd.DataFrame) -> list[dict[str, str]]:
    rows = {("tenders", facts.loc[tender, "row_key"]): "tender" for item in items for tender in item.tenders}
    rows |= {row: item.what for item in items for row in item.rows}
    return [{"lead": lead, "table": table, "key": key, "role": role} for (table, key), role in rows.items()]


def _counters(lead: str, items: list[Pattern], tender: pd.Series) -> list[dict[str, str]]:
    ceiling = tender["ceiling"]
    at_ceiling = None
    if ceiling > 0:
        at_ceiling = any(item.what == "equal" and item.detail == f"{ceiling:,.2f}" for item in items)
    method = "" if pd.isna(tender["method"]) else str(tender["method"])
    is_round = all(item.round_sum for item in items)
    return [
        counter(
            lead,
            "tariff",
            False if method else None,
            Text(f"评标办法 {method}", f"evaluation method {method}").both() if method else "",
        ),
        counter(lead, "round_sums", is_round, Text("整数报价", "round sums").both() if is_round else ""),
        counter(lead, "at_ceiling", at_ceiling),
        counter(lead, "consortium", None),
    ]


def _example() -> dict[str, str]:
    """Equal totals; steps of 12,600; the ratio 1.037 three times among uneven others; tariff; honest; one bid."""
    tenders, bids = ["tender_id,buyer_id,method,evaluation_method"], ["tender_id,bidder_id,price"]

    def add(name: str, prices: list[float], firms: str = "ABCDE", method: str = "lowest_evaluated_price") -> None:
        tenders.append(f"{name},U,open,{method}")
        bids.extend(f"{name},{firm},{price:.2f}" for firm, price in zip(firms, prices, strict=False))

    add("EQUAL", [870_101.12, 911_300.4, 911_300.4])
    add("STEPS", [870_101.12 + 12_600 * n for n in range(5)], "FGHIJ")
    for number in range(24):
        base = 700_000 + 17_311.7 * number
        # Squares modulo a prime: uneven, and the same on every machine.
        add(
            f"T{number:02}",
            [base * (1 + ((number * 50 + place * 110 + 30) ** 2 % 9973) / 50_000) for place in range(3)],
            "KLM",
        )
    for number in range(3):
        base = 640_000 + 55_555.55 * number
        add(f"R{number}", [base, round(base * 1.037, 2), base * (1.1 + 0.03 * number)], f"PQ{'XYZ'[number]}")
    add("FEE", [500_000.0] * 3, method="fixed_fee")
    add("ONE", [500_000.0])
    names = sorted({row.split(",")[1] for row in bids[1:]})
    return {
        "tenders": "\n".join(tenders) + "\n",
        "bids": "\n".join(bids) + "\n",
        "organizations": "org_id,name,kind\nU,某局,government\n" + "".join(f"{n},{n}公司,private\n" for n in names),
    }


INDICATOR = Indicator(
    id="bid-price-pattern",
    number=33,
    title=Text("报价呈规律性", "Regular pattern of prices"),
    question=Text(
        "不同投标人的报价是否相同、等差，或多次成固定倍数，或大量清单单价一致？",
        "Are bids of different bidders equal, in equal steps, in one ratio time and again, or alike item by item?",
    ),
    summary=Text("{bidder}{text_zh}。", "{bidder} {text_en}."),
    innocent=(
        Innocent(
            "tariff",
            Text("收费由标准规定，报价本应相同。", "The fee is set by tariff."),
            Text("查评标办法；固定收费的予以排除。", "The method is looked up; tenders at a fixed fee are excluded."),
        ),
        Innocent(
            "round_sums",
            Text("取整报价偶然相同。", "Round sums that coincide."),
            Text("查报价是否为整万元(等差为整千元)。", "Whether the prices are multiples of 10,000 (steps: 1,000)."),
        ),
        Innocent(
            "at_ceiling",
            Text("均按最高限价报价。", "All bid exactly the posted ceiling."),
            Text("比较报价与最高限价。", "The prices are compared with the ceiling."),
        ),
        Innocent(
            "consortium",
            Text("联合体成员被分别登记。", "Members of one consortium were listed one by one."),
        ),
    ),
    next_steps=(
        Text("调取投标文件电子版，比对计价软件与编制人。", "Get the electronic files: pricing software and author."),
        Text("询问各家报价形成过程。", "Ask each bidder how its price came about."),
        Text("查这几家在其他项目中的报价。", "Look at the prices of the same bidders in other tenders."),
    ),
    kinds=("rule", "statistical"),
    subject="tender",
    needs={"bids": ("tender_id", "bidder_id", "price"), "tenders": ("tender_id",)},
    uses=("bid_items",),
    params=(
        Param(
            "tolerance",
            0.001,
            "fraction",
            Text("等差、倍数的允许误差。", "Differences within this are the same."),
            0,
            0.05,
        ),
        Param("max_q", 0.02, "fraction", Text("错误发现率。", "False-discovery rate of steps and ratios."), 1e-6, 0.5),
        Param("least_tenders", 2, "tenders", Text("两次以上才谈得上固定倍数。", "One ratio is no pattern."), 2, 100),
        Param(
            "least_share",
            0.3,
            "fraction",
            Text("三成以上单价一致，难属偶然。", "Three items of ten alike are no accident."),
            0.05,
            1,
        ),
        Param("least_items", 5, "items", Text("清单项过少不作比较。", "Fewer items are not compared."), 2, 1000),
    ),
    references=(
        Reference("中华人民共和国招标投标法实施条例, 第四十条: 投标报价呈规律性差异; recalled, to be confirmed"),
        Reference("OCP (2024), Red Flags in Public Procurement: R023, R028"),
        Reference("OECD (2025), Guidelines for Fighting Bid Rigging: suspicious pricing patterns"),
    ),
    value_unit=Text("涉及的报价、项目或清单项数", "bids, tenders or items that follow the pattern"),
    engine="kernel",
    # STEPS: four steps of exactly 12,600. R0 to R2: Q bids 1.037 times P to the fen; three further bidders differ.
    example=Example(
        tables=_example(),
        flags=frozenset({"EQUAL", "STEPS", "R0", "R1", "R2"}),
        leaves=frozenset(f"T{n:02}" for n in range(24)),
        others={"FEE": "excluded", "ONE": "not_assessable"},
    ),
    compute=_compute,
)
