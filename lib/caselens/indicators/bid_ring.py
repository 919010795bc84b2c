"""Groups of bidders that stand in tenders together beyond chance, and whose wins follow a plan.

Groups (see ``caselens.bids.rings``): pairs with at least four common tenders, p <= 0.01 under the configuration model
(every bidder keeps the number of tenders, every tender its number of bidders, bidders are swapped within one category),
joined where triangles share an edge; a group needs at least three members in at least four tenders. Wins played no part
so far. Then three patterns of wins are tested: members take turns (they come back later than in a random order of the
same wins), one member always wins, some never do (every bidder of a tender as likely to win). p-value: the least of
the three, corrected for three; family: all groups found; a hit at a false-discovery rate within ``max_q``. Common
machines, files and accounts are a matter of their own (``bid-digital-fingerprint``). Where only few firms of a trade
exist they meet always, the model expects it, and no pair stands out.
"""

from __future__ import annotations

from random import Random
from typing import Any

import pandas as pd

from caselens.bids.rings import rings
from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._bidding import tenders_of
from caselens.indicators._chance import adjusted, surprise
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result

#: Draws of the null model: three of them may reach the observed number at ``max_p`` of 1 %.
_DRAWS = 300
_FEW = Text("参加的项目过少", "it took part in too few tenders").both()
_UNCLEAR = Text(
    "与其同场的投标人过多，分不出固定的一群", "too many bidders hang together for a group to be told apart"
).both()


def _compute(inputs: Inputs) -> Result:
    bids, tenders = _bids(inputs), tenders_of(inputs)
    found = rings(
        bids[["tender_id", "bidder_id", "is_winner"]],
        tenders[["tender_id", "category"]].assign(awarded_on=tenders["opened"]),
        within=("category",),
        least_tenders=inputs["min_tenders"],
        pair_p=inputs["max_p"],
        least_stability=inputs["least_share"],
        draws=_DRAWS,
    )
    table = found.rings[found.rings["pattern_p"].notna()].reset_index(drop=True)
    table["q"] = adjusted(table["pattern_p"].to_numpy(dtype=float))
    facts = tenders.set_index("tender_id")
    leads, evidence, counters = [], [], []
    for row in table[table["q"] <= inputs["max_q"]].to_dict("records"):
        facts_of = found.evidence[found.evidence["ring_id"] == row["ring_id"]]
        joint = set(facts_of.loc[facts_of["kind"] == "joint tenders", "tender_id"])
        own = bids[bids["bidder_id"].isin(row["members"]) & bids["tender_id"].isin(joint)]
        order = sorted(joint, key=lambda tender: (str(facts["opened"].get(tender)), tender))
        lead = f"{order[0]}|{row['members'][0]}"
        leads.append(_lead(lead, row, order, facts, own))
        evidence += [{"lead": lead, "table": "tenders", "key": facts.loc[t, "row_key"], "role": "joint"} for t in order]
        evidence += [{"lead": lead, "table": "bids", "key": bid.row_key, "role": "win" if bid.is_winner else "loss"}
                     for bid in own.itertuples()]  # fmt: skip
        counters += _counters(lead, row, facts.loc[order], bids, inputs["thin_share"])
    return _answer(inputs, bids, table, leads, evidence, counters, bool(found.not_assessable.get("co-bidding")))


def _answer(
    inputs: Inputs, bids: pd.DataFrame, table: pd.DataFrame, leads: list[Any], evidence: list[Any],
    counters: list[Any], unclear: bool,
) -> Result:  # fmt: skip
    number = bids.groupby("bidder_id")["tender_id"].nunique()
    often = number.index[number >= inputs["min_tenders"]]
    dark = dict.fromkeys(number.index.difference(often), _FEW)
    if unclear:
        dark |= dict.fromkeys(often, _UNCLEAR)
    hits = {subject["id"] for lead in leads for subject in lead["subjects"]}
    told = assessed(hits, often, dark)
    # One p-value a group, on its first member: the group is the hypothesis.
    first = {members[0]: p for members, p in zip(table["members"], table["pattern_p"], strict=True)}
    told["p_value"] = told["subject_id"].map(first).astype(float)
    return Result(told, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _bids(inputs: Inputs) -> pd.DataFrame:
    """Who took part in which tender and won, one row a bidder and tender; withdrawn bids took no part."""
    bids = inputs.table("bids")
    part = bids.filter(bids.bidder_id.notnull() & ~bids.status.fill_null("").isin(["withdrawn", "撤回"]))
    rows = part.select("tender_id", "bidder_id", "row_key", is_winner=part.is_winner.fill_null(False)).execute()
    rows = rows.sort_values(["tender_id", "bidder_id", "is_winner", "row_key"], ascending=[True, True, False, True])
    return rows.drop_duplicates(["tender_id", "bidder_id"], ignore_index=True)


def _lead(lead: str, row: dict[str, Any], order: list[str], facts: pd.DataFrame, own: pd.DataFrame) -> dict[str, Any]:
    patterns = {"rotation": row["rotation_p"], "winner": row["winner_p"]}
    known = {name: p for name, p in patterns.items() if not pd.isna(p)}
    least = min(known, key=lambda name: known[name], default="losers")
    if known and row["pattern_p"] < min(known.values()):
        least = "losers"
    wins = int(own["is_winner"].sum())
    words = {
        "rotation": Text(f"{wins}次中标轮流落到各家", f"take turns in their {wins} wins"),
        "winner": Text(
            f"{wins}次中标有{row['winner_wins']}次归同一家", f"leave {row['winner_wins']} of {wins} wins to one of them"
        ),
        "losers": Text(f"有{row['losers']}家从未中标", f"have {row['losers']} members that never win"),
    }[least]
    days = facts.loc[order, "opened"].dropna()
    return {
        "lead": lead,
        "subjects": [party(name, "member") for name in row["members"]],
        "objects": [thing("tenders", tender) for tender in order],
        "kind": "statistical",
        "severity": "red" if row["q"] <= 0.005 else "yellow",
        "value": float(len(order)),
        "score": round(surprise(row["pattern_p"]), 4),
        "p_value": float(row["pattern_p"]),
        "amount": None,
        "period_start": days.min() if len(days) else None,
        "period_end": days.max() if len(days) else None,
        "fence": f"{len(row['members'])} bidders in {len(order)} tenders; turns p {row['rotation_p']:.2g}, one winner "
        f"p {row['winner_p']:.2g}, {row['losers']} never win; q {row['q']:.2g} over the groups found",
        "tenders": len(order),
        "firms": len(row["members"]),
        "text_zh": words.zh,
        "text_en": words.en,
    }


def _counters(
    lead: str, row: dict[str, Any], joint: pd.DataFrame, bids: pd.DataFrame, thin_share: float
) -> list[dict[str, str]]:
    kinds = set(joint["category"].dropna())
    others = bids[bids["tender_id"].isin(joint.index)]["bidder_id"].nunique()
    share = len(row["members"]) / max(others, 1)
    note = Text(
        f"{len(kinds)}类共同项目中共有{others}家投标人，本组{len(row['members'])}家",
        f"{others} bidders in the joint tenders, {len(row['members'])} of them in the group",
    ).both()
    return [
        counter(lead, "few_firms", share >= thin_share, note),
        counter(lead, "strong_firm", False if row["rotation_p"] <= 0.05 else None),
        counter(lead, "consortium", None),
    ]


def _example() -> dict[str, str]:
    """A, B and C take turns in nine tenders with one stranger each; twelve others meet at random; Z bid once."""
    tenders, bids = ["tender_id,buyer_id,method,category,opened_at"], ["tender_id,bidder_id,is_winner"]
    others, drawn = [f"N{n:02}" for n in range(12)], Random(11)
    for number in range(9):
        tenders.append(f"R{number},U,open,works,2022-0{number + 1}-10T09:00:00")
        bids += [f"R{number},{name},{str(place == number % 3).lower()}" for place, name in enumerate("ABC")]
        bids.append(f"R{number},{others[(number * 5) % 12]},false")
    for number in range(24):
        tenders.append(f"T{number:02},U,open,works,2023-{number // 2 + 1:02}-{10 + number % 2:02}T09:00:00")
        here, winner = sorted(drawn.sample(others, 4)), drawn.randrange(4)
        bids += [f"T{number:02},{name},{str(place == winner).lower()}"
                 for place, name in enumerate(here)]  # fmt: skip
    bids.append("T00,Z,false")
    names = ["A", "B", "C", *others, "Z"]
    return {
        "tenders": "\n".join(tenders) + "\n",
        "bids": "\n".join(bids) + "\n",
        "organizations": "org_id,name,kind\nU,某局,government\n" + "".join(f"{n},{n}公司,private\n" for n in names),
    }


INDICATOR = Indicator(
    id="bid-ring",
    number=35,
    title=Text("固定同场轮流中标", "Bidders that take turns"),
    question=Text(
        "是否有几家企业反复同场投标，且轮流中标、总由一家中标或有几家总不中标？",
        "Do some bidders meet time and again, and take turns, leave all wins to one, or never win?",
    ),
    summary=Text(
        "{firms}家企业同场{tenders}次，{text_zh}：{member}。",
        "{firms} bidders met in {tenders} tenders and {text_en}: {member}.",
    ),
    innocent=(
        Innocent(
            "few_firms",
            Text("本地具备资质的企业只有几家。", "Only a few qualified firms nearby."),
            Text(
                "看共同项目中其他投标人的数量；按类别随机置换已计入同类企业数量。",
                "Other bidders in the joint tenders are counted; the null model keeps the number of firms of a trade.",
            ),
        ),
        Innocent(
            "strong_firm",
            Text("一家实力最强，自然常中标。", "One firm is the best and wins by merit."),
            Text("轮流中标的不属此情形。", "Does not explain turns."),
        ),
        Innocent("consortium", Text("长期合作的联合体成员分别登记。", "Partners of a consortium listed one by one.")),
    ),
    next_steps=(
        Text("对该组项目查报价规律、文件同源、保证金来源。", "Look at prices, files and deposits in these tenders."),
        Text("查落标企业事后是否获得分包或付款。", "See whether losers later got subcontracts or money."),
        Text("查这几家的股东、任职和联系方式。", "Look at owners, directors and contacts of the group."),
    ),
    kinds=("statistical",),
    subject="organization",
    needs={"bids": ("tender_id", "bidder_id", "is_winner"), "tenders": ("tender_id", "category")},
    params=(
        Param("min_tenders", 4, "tenders", Text("同场不足四次不成规律。", "Fewer meetings are no pattern."), 3, 1000),
        Param(
            "max_p",
            0.01,
            "probability",
            Text("每两家同场次数出于偶然的概率上限。", "Chance of as many common tenders of a pair."),
            1e-6,
            0.05,
        ),
        Param(
            "least_share",
            0.3,
            "fraction",
            Text("同场至少占较少一方项目的三成。", "At least three of ten tenders of the less active one are common."),
            0.1,
            1,
        ),
        Param(
            "max_q", 0.05, "fraction", Text("各组一并控制错误发现率。", "False-discovery rate over groups."), 1e-6, 0.5
        ),
        Param(
            "thin_share",
            0.8,
            "fraction",
            Text("同场项目几乎没有别家，属企业稀少。", "Hardly anybody else bids: firms are few."),
            0.1,
            1,
        ),
    ),
    references=(
        Reference("OCP (2024), Red Flags in Public Procurement: R025, R027, R034, R053, R057, R070"),
        Reference("潜江, 2024: collusion leads from 48 projects drawn for checks"),
        Reference("株洲, 2024: open tender with a fixed winner"),
        Reference(
            "Besag and Clifford (1991), Sequential Monte Carlo p-values", "https://doi.org/10.1093/biomet/78.2.301"
        ),
        Reference(
            "Palla et al. (2005), Uncovering the overlapping community structure", "https://doi.org/10.1038/nature03607"
        ),
    ),
    value_unit=Text("同场次数", "tenders in common"),
    engine="kernel",
    # A, B, C: of 1,680 orders of three times three wins 6 are strict turns, p = 0.0036, times three patterns 0.011.
    example=Example(
        tables=_example(),
        flags=frozenset("ABC"),
        leaves=frozenset(f"N{n:02}" for n in range(12)),
        others={"Z": "not_assessable"},
    ),
    compute=_compute,
)
