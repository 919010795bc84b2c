"""A certificate or past contract that a bidder claimed does not stand up against what is on file.

Certificates (claims, and the licence number printed in the bid): the number is on file for the bidder, and the licence
is valid on the day of the bid; a number of another firm, a number that two bidders claim and nobody has on file, an
expired or not yet valid one are breaches. A licence of the same kind, renewed in time, excludes. Past contracts: the
contract is on file with this supplier, this owner, a sum (contract or final) not more than 5 % below the one claimed,
and signed before the bid; a contract filed under another number fits where owner and sum do. That a number is not on
file counts only inside complete coverage: of licences on the day of the bid, of contracts for that day and the three
years before it, for which past contracts are usually asked. A day missed by at most 30 days may be a late entry of the
registry and is told as such. Whether a licence covers the trade of the tender is left to a person: the tables do not
say what it permits.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._claimed import Verdict, by_bidder, claims, judge, registers
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result

#: What can be wrong: how grave it is, how it scores, and what it is called.
_WRONG: dict[str, tuple[str, float, Text]] = {
    "not_own": (
        "red",
        0.8,
        Text("声称的证书或合同登记在他人名下", "claimed a certificate or contract of somebody else"),
    ),
    "shared": ("red", 0.75, Text("与其他投标人声称同一证书", "claimed a certificate that another bidder claimed too")),
    "unknown_contract": ("red", 0.7, Text("声称的业绩合同查无登记", "claimed a past contract that is not on file")),
    "other_owner": (
        "red",
        0.7,
        Text("业绩合同业主与登记不符", "named another owner of a past contract than is on file"),
    ),
    "later": ("red", 0.7, Text("业绩合同签订于投标之后", "claimed a contract signed after the bid")),
    "unknown_paper": ("red", 0.65, Text("声称的证书查无登记", "claimed a certificate that is not on file")),
    "inflated": (
        "yellow",
        0.6,
        Text("业绩金额高于登记金额", "claimed a larger sum of a past contract than is on file"),
    ),
    "not_valid": (
        "yellow",
        0.55,
        Text("投标时证书不在有效期内", "claimed a certificate not valid on the day of the bid"),
    ),
}
_RENEWED = Text("同类证书已按期续办", "a licence of the same kind had been renewed in time").both()


def _compute(inputs: Inputs) -> Result:
    rows = claims(inputs)
    verdicts = judge(rows, registers(inputs), inputs)
    leads, evidence, counters = [], [], []
    unknown: dict[str, str] = {}
    excluded: dict[str, str] = {}
    hits: set[str] = set()
    for bidder, own in by_bidder(verdicts).items():
        wrong = [item for item in own if item.state in _WRONG]
        by_tender: dict[str, list[Verdict]] = {}
        for item in wrong:
            by_tender.setdefault(item.claim["tender_id"], []).append(item)
        for tender, items in by_tender.items():
            lead = f"{tender}|{bidder}"
            leads.append(_lead(lead, bidder, tender, items))
            evidence += _evidence(lead, items)
            counters += _counters(lead, items)
        unclear = sum(item.state == "open" for item in own)
        if wrong:
            hits.add(bidder)
        elif any(item.state == "renewed" for item in own):
            excluded[bidder] = _RENEWED
        elif unclear:
            unknown[bidder] = Text(
                f"{len(own)}项声称中有{unclear}项无法核对(不在完整覆盖范围内)",
                f"{unclear} of {len(own)} claims cannot be verified: coverage of licences or contracts is not complete",
            ).both()
    told = assessed(hits, set(rows["bidder_id"].dropna()), unknown, excluded)
    return Result(told, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _lead(lead: str, bidder: str, tender: str, items: list[Verdict]) -> dict[str, Any]:
    kinds = sorted({item.state for item in items}, key=lambda name: -_WRONG[name][1])
    late = all(item.lag for item in items)
    others = sorted({name for item in items for name in item.others if name != bidder})
    free, day = 1.0, items[0].claim["day"]
    for name in kinds:
        free *= 1 - _WRONG[name][1] * (1 if name == kinds[0] else 0.3)
    amounts = [float(item.claim["amount"]) for item in items if not pd.isna(item.claim.get("amount"))]
    return {
        "lead": lead,
        "subjects": [party(bidder, "bidder"), *(party(name, "context") for name in others)],
        "objects": [thing("tenders", tender)],
        "kind": "rule",
        "severity": "note" if late else "red" if any(_WRONG[name][0] == "red" for name in kinds) else "yellow",
        "value": float(len(items)),
        "score": round(1 - free, 4),
        "p_value": None,
        "amount": max(amounts, default=None),
        "period_start": None if pd.isna(day) else day.date(),
        "period_end": None if pd.isna(day) else day.date(),
        "fence": "; ".join(_told(item) for item in items),
        "text_zh": "、".join(_WRONG[name][2].zh for name in kinds),
        "text_en": "; ".join(_WRONG[name][2].en for name in kinds),
    }


def _told(item: Verdict) -> str:
    more = f", {item.share:.2f} times the sum on file" if item.share else ""
    return f"{item.claim['kind']} {item.claim['reference'] or ''}: {item.state}{more}"


def _evidence(lead: str, items: list[Verdict]) -> list[dict[str, str]]:
    rows: dict[tuple[str, str], str] = {}
    for item in items:
        rows[(item.claim["table"], item.claim["key"])] = "claim"
        if not pd.isna(item.claim["tender_key"]):
            rows[("tenders", item.claim["tender_key"])] = "tender"
        rows |= dict.fromkeys(item.rows, "on_file")
    return [{"lead": lead, "table": table, "key": key, "role": role} for (table, key), role in rows.items()]


def _counters(lead: str, items: list[Verdict]) -> list[dict[str, str]]:
    states = {item.state for item in items}
    dated = states <= {"not_valid"}
    late = all(item.lag for item in items) if dated else None
    note = (
        Text("距有效期不超过三十日" if late else "", "within 30 days of its validity" if late else "").both()
        if late
        else ""
    )
    return [
        counter(lead, "registry_lag", late if dated else False if "unknown_paper" not in states else None, note),
        counter(lead, "renewed", False),
        counter(lead, "elsewhere", None if "unknown_contract" in states else False),
    ]


INDICATOR = Indicator(
    id="bid-fake-credential",
    number=37,
    title=Text("证书业绩不实", "Claimed credentials not on file"),
    question=Text(
        "投标人声称的证书、资质或业绩，是否与登记不符？",
        "Do a bidder's certificates, licences or past contracts differ from what is on file?",
    ),
    summary=Text("{bidder}投标时{text_zh}。", "{bidder}, bidding, {text_en}."),
    innocent=(
        Innocent(
            "registry_lag",
            Text("登记滞后，证书实际有效。", "The registry was late; the certificate was valid."),
            Text("看投标日距有效期是否不超过三十日。", "Whether the day misses the validity by at most 30 days."),
        ),
        Innocent(
            "renewed",
            Text("证书已续办，引用了旧证号。", "It had been renewed; the old number was quoted."),
            Text("查同类有效证书；有的予以排除。", "A valid licence of the same kind is looked for; excluded."),
        ),
        Innocent(
            "elsewhere",
            Text("业绩在外地，不在本地合同登记内。", "The contract was made elsewhere and is not filed here."),
        ),
    ),
    next_steps=(
        Text("向发证机关发函核实证书。", "Write to whoever issued the certificate."),
        Text("向业绩业主核实合同、验收和付款。", "Ask the owner for contract, acceptance and payments."),
        Text("查评标时是否有人提出疑问。", "See whether anybody on the panel raised a doubt."),
    ),
    kinds=("rule",),
    subject="organization",
    needs={"bid_claims": ("tender_id", "bidder_id", "kind", "reference"), "tenders": ("tender_id",)},
    uses=("bids", "licences", "contracts", "organizations", "coverage"),
    params=(
        Param("tolerance", 0.05, "fraction", Text("金额四舍五入与税差。", "Rounding and taxes."), 0, 0.5),
        Param(
            "lookback_years",
            3,
            "years",
            Text("业绩通常要求近三年。", "Past contracts are usually asked for the last three years."),
            1,
            20,
        ),
        Param("lag_days", 30, "days", Text("登记可能滞后一个月。", "A registry may be a month late."), 0, 365),
    ),
    references=(
        Reference(
            "潜江, 2024: one false bid among 27 projects evaluated again; certificates and contracts short of the terms"
        ),
        Reference("中华人民共和国招标投标法实施条例, 第四十二条: 弄虚作假; recalled, to be confirmed"),
    ),
    value_unit=Text("不符的声称项数", "claims that do not stand up"),
    engine="kernel",
    example=Example(
        tables={
            "organizations": "org_id,name,kind\nU,甲市水利局,government\nH,甲市医院,hospital\n"
            + "".join(f"{n},{n}公司,private\n" for n in "ABCDEFG"),
            "tenders": "tender_id,buyer_id,method,deadline_at\nT1,U,open,2022-05-10T09:00:00\n"
            "T2,U,open,2022-06-10T09:00:00\n",
            "licences": "licence_id,org_id,kind,licence_no,valid_from,valid_until\n"
            "L1,A,施工资质,X-001,2018-01-01,2028-01-01\nL2,B,施工资质,X-002,2015-01-01,2021-12-31\n"
            "L3,F,施工资质,X-003,2015-01-01,2021-12-31\nL4,F,施工资质,X-004,2022-01-01,2027-01-01\n",
            "contracts": "contract_id,buyer_id,supplier_id,amount,signed_on\nK1,U,A,1000000,2020-03-01\n"
            "K2,H,D,1000000,2020-03-01\n",
            "coverage": "table,scope,period_start,period_end,is_complete\ncontracts,,2016-01-01,2023-12-31,true\n",
            # A: all true (the sum rounded up by 2 %). B: expired. C: A's certificate. D: three times the sum. E: a
            # contract that nobody filed. F: renewed. G: a certificate, but licences are not declared complete.
            "bid_claims": "claim_id,tender_id,bidder_id,kind,reference,counterparty_name,amount\n"
            "c1,T1,A,certificate,x001,,\nc2,T1,A,past_contract,K1,甲市水利局,1020000\nc3,T1,B,certificate,X-002,,\n"
            "c4,T1,C,certificate,X-001,,\nc5,T2,D,past_contract,K2,甲市医院,3000000\n"
            "c6,T2,E,past_contract,HT20200417,甲市医院,5200000\nc7,T2,F,certificate,X-003,,\nc8,T2,G,certificate,X-999,,\n",
        },
        flags=frozenset("BCDE"),
        leaves=frozenset("A"),
        others={"F": "excluded", "G": "not_assessable"},
    ),
    compute=_compute,
)
