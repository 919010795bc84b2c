"""What a person is told about an OCDS file: fields without a column, shapes outside the schema, unknown codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

from caselens.core.text import Text
from caselens.readers._declare import Note
from caselens.readers._ocds_values import Json, Told

_PERIOD = "startDate endDate"
_VALUE = "amount currency"
_PARTY = (
    "id name roles organizationType identifier/scheme identifier/id identifier/legalName contactPoint/name "
    "contactPoint/email contactPoint/telephone address/streetAddress address/locality address/region "
    "address/postalCode address/countryName"
)
_ITEM = "id number description quantity relatedLot classification/id classification/scheme"
_LOTS = "relatedLot relatedLots lotID lots/id items/relatedLot"

#: Every field that reaches a column or decides one, by its place: ``section`` → fields below it. What a file holds
#: beside them is counted. ``@party``, ``@value``, ``@period`` and ``@item`` stand for the fields of such an object.
_MAPPED: dict[str, str] = {
    "": "ocid id date tag name buyer@party parties@party initiationType",
    "planning": "project project/id project/title project/uri project/sector project/totalValue@value "
    "project/value@value budget/projectID budget/project budget/uri budget/amount@value",
    "tender": "id title description status procurementMethod procurementMethodDetails mainProcurementCategory "
    "awardCriteria numberOfTenderers numberOfBids datePublished bidOpening/date value@value budget/value@value "
    "maxValue@value tenderPeriod@period tederPeriod@period procuringEntity@party tenderers@party tenderers/number "
    "items@item lots/id lots/title lots/description lots/status lots/value@value",
    "bids/details": f"id date status value@value tenderers@party {_LOTS} items/id items/description items/quantity "
    "items/unit/name items/unit/value@value",
    "awards": f"id title description date awardDate status value@value suppliers@party {_LOTS} relatedBid relatedBids "
    "contractPeriod@period items/number items/suppliers@party items/suppliers/number items/suppliers/awardValue@value "
    "items/suppliers/contractPeriod@period items/withoutTenderer/bidAmount items/withoutTenderer/failReason "
    "items/withoutTenderer/number",
    "contracts": f"id awardID title description status dateSigned value@value finalValue@value suppliers@party "
    f"buyer@party period@period extendsContractID {_LOTS} amendments/id amendments/date amendments/rationale "
    "amendments/description amendments/releaseID amendment/id amendment/date amendment/rationale "
    "amendment/description amendment/releaseID amendment/changes milestones/type milestones/status milestones/dateMet",
    "contracts/implementation": "transactions/id transactions/source transactions/date transactions/value@value "
    "transactions/amount@value transactions/payer@party transactions/payee@party "
    "transactions/providerOrganization@party transactions/receiverOrganization@party "
    "milestones/type milestones/status milestones/dateMet",
}
_OBJECTS = {"party": _PARTY, "value": _VALUE, "period": _PERIOD, "item": _ITEM}
_ORGANIZATIONS_OF_1_0 = ("providerOrganization", "receiverOrganization")

Tree = dict[str, "Tree"]


@cache
def _tree() -> Tree:
    """The mapped fields as nested dictionaries; a leaf is an empty one."""
    tree: Tree = {}
    for section, fields in _MAPPED.items():
        for field in fields.split():
            path, _, kind = field.partition("@")
            inner = [f"{path}/{name}" for name in _OBJECTS[kind].split()] if kind else [path]
            if path.rsplit("/", 1)[-1] in _ORGANIZATIONS_OF_1_0:
                inner += [f"{path}/{name}" for name in ("scheme", "legalName")]
            for name in inner:
                node = tree
                for step in f"{section}/{name}".strip("/").split("/"):
                    node = node.setdefault(step, {})
    return tree


def count_unmapped(release: dict[str, Any], told: Told) -> None:
    """Count each field of ``release`` that no column takes; an unknown object counts once, by its own name."""
    stack: list[tuple[Json, Tree, str]] = [(release, _tree(), "")]
    while stack:
        value, known, path = stack.pop()
        if isinstance(value, list):
            stack.extend((item, known, path) for item in value if isinstance(item, dict))
        elif isinstance(value, dict):
            for key, inner in value.items():
                if inner is None or inner in ([], {}):
                    continue
                node = known.get(key)
                if node is None:
                    told.unmapped[f"{path}{key}"] += 1
                elif node:
                    stack.append((inner, node, f"{path}{key}/"))


_SENTENCES: dict[str, tuple[str, Text]] = {
    "merged": (
        "info",
        Text(
            "{n} 个采购过程由多条发布合并而成:逐字段以较晚者为准,列表按 id 取并集。",
            "{n} contracting process(es) were merged from several releases: later fields win, lists are united by id.",
        ),
    ),
    "linked": (
        "warning",
        Text(
            "{n} 条记录只含发布的网址而无内容,无法读取;请一并调取所指文件。",
            "{n} record(s) hold only links to releases and no content; obtain the linked files as well.",
        ),
    ),
    "versioned": (
        "warning",
        Text(
            "{n} 条记录只有版本化发布(versionedRelease),未读取;请调取 compiledRelease 或原始发布。",
            "{n} record(s) hold a versionedRelease only and were not read; obtain the compiled or single releases.",
        ),
    ),
    "no_tender": (
        "info",
        Text(
            "{n} 个采购过程没有招标部分(仅计划、中标或合同),不产生招标行。",
            "{n} contracting process(es) have no tender section (planning, award or contract only): no tender row.",
        ),
    ),
    "no_method": (
        "warning",
        Text(
            "采购方式未载明 {n} 处,记为 unstated,依赖采购方式的指标对其无法评估。",
            "The procurement method is not stated in {n} place(s); it reads `unstated` and what needs it cannot be "
            "assessed there.",
        ),
    ),
    "unpriced": (
        "info",
        Text(
            "{n} 个投标人只见于投标人名单(tender.tenderers),报价为空。",
            "{n} bidder(s) are known from the list of tenderers only; their price is empty.",
        ),
    ),
    "invited": (
        "info",
        Text(
            "{n} 条状态为 invited 的记录只是受邀、并未投标,不计为投标。",
            "{n} entry/entries with status `invited` were invited and did not bid; they are no bids.",
        ),
    ),
    "many_lots": (
        "warning",
        Text(
            "{n} 份投标一价对应多个标段:各标段报价留空,总价见 price_of_all_lots。",
            "{n} bid(s) give one price for several lots: the price of each lot is empty, see price_of_all_lots.",
        ),
    ),
    "groups": (
        "info",
        Text(
            "联合体(多个供应商共同)出现 {n} 次,各自成为一个 GROUP- 开头的组织,成员见 member_ids。",
            "Several parties acted together {n} time(s); each group is one organization `GROUP-…`, see member_ids.",
        ),
    ),
    "unnamed": (
        "warning",
        Text(
            "{n} 份投标未写明投标人,以“未具名投标人”占位,仅在该次招标内有效。",
            "{n} bid(s) name no bidder; a placeholder stands there that is good within its tender only.",
        ),
    ),
    "paired": (
        "warning",
        Text(
            "{n} 个未中标报价未写明投标人,按名单印刷顺序与其余投标人配对(bidder_basis = printed order);"
            "引用前须与原公告核对。",
            "{n} losing price(s) carry no name and were paired with the remaining tenderers in printed order "
            "(bidder_basis = printed order); check them against the notice before relying on them.",
        ),
    ),
    "unpaired": (
        "warning",
        Text(
            "未中标报价与其余投标人数目不符,{n} 个投标人未能对应报价。",
            "Losing prices and remaining tenderers differ in number; {n} tenderer(s) could not be given a price.",
        ),
    ),
    "off_schema": (
        "warning",
        Text(
            "{n} 处结构不符合 OCDS 标准,已按已知的发布方做法理解(中标金额作为中标人报价,见 bidder_basis)。",
            "{n} structure(s) are outside the OCDS schema and were understood by a known publisher's habit (the award "
            "value stands as the winner's price, see bidder_basis).",
        ),
    ),
    "award_as_contract": (
        "warning",
        Text(
            "{n} 个有效中标之后没有合同,按中标写入合同表(contract_basis = award),签订日期取中标日期。",
            "{n} standing award(s) have no contract and stand in contracts with contract_basis = award; their signing "
            "date is the award's date.",
        ),
    ),
    "moved": (
        "info",
        Text(
            "{n} 个以 UTC 印出的时刻与同一过程的当地时刻混用,已换算为当地时间(见 …_offset)。",
            "{n} moment(s) printed in UTC beside local ones of the same process were moved to local time "
            "(see …_offset).",
        ),
    ),
    "two_names": (
        "warning",
        Text(
            "同一发布方编号对应不同名称 {n} 处,按名称分为不同组织。",
            "One publisher's id carries different names in {n} place(s); they are kept as different organizations.",
        ),
    ),
    "nameless": (
        "info",
        Text(
            "组织无名称 {n} 处,以其编号代替。",
            "A party has no name in {n} place(s); its id stands for it.",
        ),
    ),
}


def notes(told: Told) -> Iterator[Note]:
    """Everything counted while reading, as notes in a fixed order."""
    for name, (kind, sentence) in _SENTENCES.items():
        if told.events[name]:
            yield Note(sentence.format(n=told.events[name]), kind)
    for counted, kind, sentence in (
        (told.codes, "info", _CODES),
        (told.wrong, "warning", _WRONG),
        (told.unmapped, "info", _UNMAPPED),
    ):
        if sum(counted.values()):
            yield Note(sentence.format(n=sum(counted.values()), of=_listed(counted)), kind)


_CODES = Text(
    "标准代码表以外的代码 {n} 处,原样保留:{of}。",
    "{n} code(s) outside the standard's lists, kept as printed: {of}.",
)
_WRONG = Text(
    "类型不符合 OCDS 标准的值 {n} 处:{of}。",
    "{n} value(s) of a type that OCDS does not allow there: {of}.",
)
_UNMAPPED = Text(
    "没有对应列而未读入的字段 {n} 处,原文件中仍可查:{of}。",
    "{n} field(s) have no column and were not read; they remain in the raw file: {of}.",
)


def _listed(counted: Counter[str]) -> str:
    items = sorted(((path, n) for path, n in counted.items() if n), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{path} ×{n}" for path, n in items)
