"""Bids of different bidders of one tender come from one machine, certificate, file or deposit account.

A pair needs two independent marks in common, one of them of machine (network card, disk), certificate, file (author,
program licence) or deposit account; the others are telephone, project manager, network address and uploads at most ten
minutes apart (see ``caselens.bids.fingerprints``). Card and disk together are one computer, and enough. An address and
the minute of upload say nothing, alone or together. A mark of more than five bidders of the city belongs to a service
(agency, copy shop, public network) and does not count; where only such marks would have made a lead, the tender is
excluded. Rejected and withdrawn bids count: whoever was thrown out had prepared a file too. Wording is compared by
``caselens.bids.mutual_wording`` where the texts themselves are at hand; the tables hold their paths only.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from caselens.bids.fingerprints import KINDS, STRONG, fingerprints, normal
from caselens.bids.rings import connected
from caselens.core.errors import NotAssessable
from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._bidding import tenders_of
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result

#: How much each kind of mark weighs; marks of several kinds add up without reaching 1.
_WEIGHTS = {"device": 0.5, "certificate": 0.45, "deposit": 0.5, "file": 0.35, "staff": 0.3, "contact": 0.25,
            "network": 0.1, "time": 0.05}  # fmt: skip
_NAMES: dict[str, Text] = {
    "device_mac": Text("网卡地址", "network card"),
    "disk_serial": Text("硬盘序列号", "disk"),
    "ca_serial": Text("数字证书", "certificate"),
    "software_licence": Text("计价软件加密锁", "program licence"),
    "file_author": Text("文件作者", "file author"),
    "contact_phone": Text("联系电话", "telephone"),
    "deposit_account": Text("保证金账户", "deposit account"),
    "project_manager_id": Text("项目负责人", "project manager"),
    "device_ip": Text("网络地址", "network address"),
    "submitted_at": Text("上传时间", "time of upload"),
}
_NO_MARKS = Text(
    "不足两家投标人留有可比的设备、文件或账户信息",
    "fewer than two bidders have a device, file or account on record",
).both()
_SERVICE = Text(
    "相同的标记为多家共用的服务(代理机构、文印店、公共网络)所有",
    "the marks in common belong to a service that many bidders use (agency, copy shop, public network)",
).both()


def _compute(inputs: Inputs) -> Result:
    strong = [name for name, kind in KINDS.items() if kind in STRONG and inputs.has("bids", name)]
    if not strong:
        raise NotAssessable("lacks " + ", ".join(f"bids.{n}" for n, kind in KINDS.items() if kind in STRONG))
    bids = _bids(inputs)
    options: dict[str, Any] = {
        "public_addresses": tuple(part for part in inputs["public_addresses"].split(";") if part.strip()),
        "upload_minutes": inputs["upload_minutes"],
        "private_addresses": True,
    }
    found = fingerprints(bids, most_sharers=inputs["most_sharers"], **options)
    hits = found.pairs[found.pairs["state"] == "hit"]
    facts = tenders_of(inputs).set_index("tender_id")
    keys = bids.set_index(["tender_id", "bidder_id"])["row_key"]
    leads, evidence, counters = [], [], []
    for tender, pairs in hits.groupby("tender_id", sort=True):
        rows = found.evidence[found.evidence["tender_id"] == tender]
        for group in connected(list(zip(pairs["bidder_id"], pairs["other_id"], strict=True))):
            own = pairs[pairs["bidder_id"].isin(group)]
            lead = f"{tender}|{min(group)}"
            leads.append(_lead(lead, str(tender), sorted(group), own, rows, facts))
            evidence += _evidence(lead, str(tender), sorted(group), facts, keys)
            counters += _counters(lead, own, found.excluded)
    marked = (
        bids[["tender_id", "bidder_id"]][bids[strong].notna().any(axis=1)].groupby("tender_id")["bidder_id"].nunique()
    )
    dark = dict.fromkeys(facts.index.difference(marked.index[marked >= 2]), _NO_MARKS)
    services = _services(bids, found.excluded, set(hits["tender_id"]), options)
    told = assessed(hits["tender_id"], facts.index, dark, dict.fromkeys(services, _SERVICE))
    return Result(told, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _bids(inputs: Inputs) -> pd.DataFrame:
    """Bids with their marks, one a bidder and tender."""
    present = [name for name in (*KINDS, "submitted_at") if inputs.has("bids", name)]
    bids = inputs.table("bids").select("tender_id", "bidder_id", "row_key", *present).execute()
    bids = bids[bids["bidder_id"].notna()].sort_values(["tender_id", "bidder_id", "row_key"])
    return bids.drop_duplicates(["tender_id", "bidder_id"], ignore_index=True)


def _services(bids: pd.DataFrame, excluded: pd.DataFrame, hits: set[str], options: dict[str, Any]) -> list[str]:
    """Tenders that would be hits but for marks of too many bidders."""
    if excluded.empty:
        return []
    touched = set()
    for mark, group in excluded.groupby("mark"):
        known = bids[str(mark)].map(lambda raw, mark=str(mark): normal(raw, mark)).isin(set(group["value"]))
        touched |= set(bids.loc[known.to_numpy(), "tender_id"])
    again = fingerprints(bids[bids["tender_id"].isin(touched - hits)], most_sharers=len(bids), **options)
    return sorted(set(again.pairs.loc[again.pairs["state"] == "hit", "tender_id"]))


def _lead(
    lead: str, tender: str, group: list[str], pairs: pd.DataFrame, rows: pd.DataFrame, facts: pd.DataFrame
) -> dict[str, Any]:
    marks = list(dict.fromkeys(mark for own in pairs["marks"] for mark in own))
    kinds = {kind for own in pairs["kinds"] for kind in own}
    free = 1.0
    for kind in kinds:
        free *= 1 - _WEIGHTS[kind]
    shown = rows[rows["bidder_id"].isin(group) & rows["other_id"].isin(group) & (rows["mark"] != "submitted_at")]
    values = shown.drop_duplicates(["mark", "value"])
    return {
        "lead": lead,
        "subjects": [party(name, "bidder") for name in group],
        "objects": [thing("tenders", tender)],
        "kind": "rule",
        "severity": "red" if kinds & {"device", "deposit", "certificate"} else "yellow",
        "value": float(len(marks)),
        "score": round(1 - free, 4),
        "p_value": None,
        "amount": None,
        "period_start": facts.loc[tender, "opened"],
        "period_end": facts.loc[tender, "opened"],
        "fence": "; ".join(f"{row.mark} = {row.value}" for row in values.itertuples()),
        "marks_zh": "、".join(_NAMES[mark].zh for mark in marks),
        "marks_en": ", ".join(_NAMES[mark].en for mark in marks),
    }


def _evidence(lead: str, tender: str, group: list[str], facts: pd.DataFrame, keys: pd.Series) -> list[dict[str, str]]:
    rows = [{"lead": lead, "table": "tenders", "key": facts.loc[tender, "row_key"], "role": "tender"}]
    return rows + [{"lead": lead, "table": "bids", "key": keys.loc[(tender, name)], "role": "mark"} for name in group]


def _counters(lead: str, pairs: pd.DataFrame, excluded: pd.DataFrame) -> list[dict[str, str]]:
    kinds = {kind for own in pairs["kinds"] for kind in own}
    writer = kinds <= {"file", "network", "time", "contact"}
    known = Text(
        f"已排除 {len(excluded)} 个多家共用的标记", f"{len(excluded)} marks of many bidders were left out"
    ).both()
    return [
        counter(lead, "bid_writer", None if writer else False, "" if writer else _MACHINE),
        counter(lead, "public_network", False, known),
        counter(lead, "reissued", None),
    ]


_MACHINE = Text(
    "设备、证书、账户或人员相同，非代写所能解释", "a machine, certificate, account or person in common"
).both()

INDICATOR = Indicator(
    id="bid-digital-fingerprint",
    number=34,
    title=Text("投标文件同源", "Common traces of bids"),
    question=Text(
        "同一招标的不同投标人，是否使用同一设备、证书、文件或保证金账户？",
        "Did different bidders of one tender use one machine, certificate, file or deposit account?",
    ),
    summary=Text("{bidder}在同一招标中{marks_zh}相同。", "{bidder} have in common in one tender: {marks_en}."),
    innocent=(
        Innocent(
            "bid_writer",
            Text("委托同一家代写标书，各家不知情。", "The same bid writer, without the bidders' knowledge."),
            Text(
                "看相同之处是否只有文件、联系方式和网络；超过五家共用的不计。",
                "Whether only file, contact and network agree; marks of more than five bidders are left out.",
            ),
        ),
        Innocent(
            "public_network",
            Text("在宾馆、交易大厅等公共网络上传。", "Uploaded from a hotel's or a public hall's network."),
            Text(
                "网络地址和上传时间不单独作数；多家共用的地址不计。",
                "Address and time never count alone; addresses of many bidders are left out.",
            ),
        ),
        Innocent("reissued", Text("证书、电话经注销后转给他人。", "A certificate or number was handed on.")),
    ),
    next_steps=(
        Text("封存投标文件原件，提取元数据。", "Secure the original files and read their metadata."),
        Text("询问标书制作人和上传人。", "Interview who wrote and who uploaded the bids."),
        Text("核对保证金实际来源。", "Check where the deposits really came from."),
    ),
    kinds=("rule",),
    subject="tender",
    needs={"bids": ("tender_id", "bidder_id"), "tenders": ("tender_id",)},
    params=(
        Param(
            "most_sharers",
            5,
            "bidders",
            Text("更多投标人共用的标记属公共服务。", "A mark of more bidders belongs to a service all of them use."),
            1,
            1000,
        ),
        Param(
            "upload_minutes",
            10,
            "minutes",
            Text("先后十分钟内上传视为一处操作。", "Uploads within ten minutes may be one person's work."),
            0,
            1440,
        ),
        Param(
            "public_addresses",
            "",
            "addresses",
            Text(
                "代理机构、公共网络出口地址或网段，以分号分隔。",
                "Exits of agencies and public networks, separated by semicolons.",
            ),
        ),
    ),
    references=(
        Reference("中华人民共和国招标投标法实施条例, 第四十条: 视为串通投标的情形; recalled, to be confirmed"),
        Reference("OCP (2024), Red Flags in Public Procurement: R041, R044"),
        Reference("OECD (2025), Guidelines for Fighting Bid Rigging: suspicious documents"),
        Reference("兰州, 2024: 22 leads from common traces of bids, 4 of them verified"),
    ),
    value_unit=Text("相同标记的种数", "number of marks in common"),
    engine="kernel",
    example=Example(
        tables={
            "organizations": "org_id,name,kind\nU,某局,government\n"
            + "".join(f"{n},{n}公司,private\n" for n in "ABCDEFG"),
            "tenders": "tender_id,buyer_id,method\nPC,U,open\nDEPOSIT,U,open\nHALL,U,open\nWRITER,U,open\n"
            "AGENCY,U,open\nAGENCY2,U,open\nDARK,U,open\n",
            # PC: one card and disk. DEPOSIT: one account and telephone. HALL: address and minute only. WRITER: one name
            # in the file only. AGENCY: program and telephone of an agency that seven bidders use. DARK: no marks.
            "bids": "tender_id,bidder_id,price,device_mac,disk_serial,file_author,software_licence,contact_phone,"
            "deposit_account,device_ip,submitted_at\n"
            "PC,A,1,00-1B-44-11-3A-B7,WD1,甲,,1,a1,,\nPC,B,2,001b44113ab7,wd-1,乙,,2,a2,,\nPC,C,3,001b44113ab8,wd2,丙,,3,a3,,\n"
            "DEPOSIT,A,1,m1,d1,甲,,10000000139,a1,,\nDEPOSIT,D,2,m2,d2,丁,,+86 100 0000 0139,a1,,\n"
            "HALL,A,1,m1,d1,甲,,1,a1,10.8.8.8,2022-03-01T16:10:00\nHALL,E,2,m3,d3,戊,,2,a5,10.8.8.8,2022-03-01T16:13:00\n"
            "WRITER,A,1,m1,d1,标书匠,,1,a1,,\nWRITER,F,2,m4,d4,标书匠,,2,a6,,\n"
            "AGENCY,A,1,m1,d1,甲,L9,400,a1,,\nAGENCY,B,2,m5,d5,乙,L9,400,a2,,\nAGENCY,C,3,m6,d6,丙,L9,400,a3,,\n"
            "AGENCY2,D,1,m7,d7,丁,L9,400,a4,,\nAGENCY2,E,2,m8,d8,戊,L9,400,a5,,\nAGENCY2,F,3,m9,d9,己,L9,400,a6,,\n"
            "AGENCY2,G,4,m0,d0,庚,L9,400,a7,,\nDARK,A,1,,,,,1,,,\nDARK,B,2,,,,,1,,,\n",
        },
        flags=frozenset({"PC", "DEPOSIT"}),
        leaves=frozenset({"HALL", "WRITER"}),
        others={"AGENCY": "excluded", "AGENCY2": "excluded", "DARK": "not_assessable"},
    ),
    compute=_compute,
)
