"""ICIJ's Power Players (Panama Papers): a file of nodes, a file of edges, and the text that names the public figures.

A reader sees one file at a time. Ids are ICIJ's node ids with ``ICIJ-`` before them, so the files of a pair, and the
union of all pairs, agree. The category column decides what a node is; a name is never judged. Bearer shares name
nobody: a node "the bearer" is refused as a person, because everyone's bearer would become one and the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from caselens.core.errors import DataError, Problem
from caselens.core.text import Text
from caselens.readers._declare import Item, Note, Reader, Refused, Row
from caselens.readers._icij_csv import headings, iso_date, numbered
from caselens.readers._icij_stories import HEADINGS, case_id, read_stories

_NODES = ("id", "label", "data.categories.0", "data.properties.name")
_EDGES = ("id", "source", "target", "data.type", "data.properties.name")
_PROPERTY = "data.properties."
#: ICIJ published the Power Players, "current as of", on this day; a case needs a day it was opened.
_PUBLISHED = "2016-04-03"
_UNION = "all"

_BEARER = re.compile(r"(the )?bearer( shares?)?\W*", re.IGNORECASE)
_OWNS = re.compile(r"share ?holder|\bowner|benefici?a", re.IGNORECASE)
_DIRECTS = re.compile(r"\bdirector\b", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DATES = ("date", "since", "dateofissue")

DISCLAIMER = Text(
    "ICIJ 声明:离岸公司、基金会和信托有合法用途;列入其资料的个人、公司或其他实体,并不意味着其违法或有不当行为。"
    "姓名相同者须另行核实身份。",
    "ICIJ states that offshore companies, foundations and trusts have lawful uses, and that being named in its data "
    "does not mean that a person or entity broke the law or acted improperly. Check identities: names recur.",
)


def recognise(path: Path) -> float:
    """By the headings: node files, edge files, or the text file whose first fields are a story's."""
    found = headings(path)
    if set(_NODES) <= set(found) or set(_EDGES) <= set(found):
        return 0.95
    if tuple(found) == HEADINGS and _tells_stories(path):
        return 0.9
    return 0.0


def _tells_stories(path: Path) -> bool:
    with path.open("rb") as stream:
        return b",story-title," in stream.read(4096)


def read(path: Path) -> Iterator[Item]:
    """Persons, organizations and the case from nodes; ownerships and directorships from edges; figures from the text.

    Raises:
        DataError: the file is no UTF-8 CSV or has other headings.
    """
    found = set(headings(path))
    if set(_EDGES) <= found:
        yield from _edges(path)
    elif set(_NODES) <= found:
        yield from _nodes(path)
    elif set(HEADINGS) <= found:
        yield from read_stories(path, _PUBLISHED)
    else:
        reason = f"its headings are neither those of nodes ({', '.join(_NODES)}) nor of edges ({', '.join(_EDGES)})"
        raise DataError(f"{path.name} is no file of the Power Players: {reason}.", [Problem(path.name, 1, reason)])
    yield Note(DISCLAIMER, "info")


def _graph(path: Path) -> str | None:
    """The graph a pair of files is named after; ``None`` for the union of all graphs, which is no case."""
    name = re.sub(r"[-_ ]?(nodes|edges)$", "", path.stem, flags=re.IGNORECASE)
    return None if name.lower() == _UNION else name or path.stem


def _nodes(path: Path) -> Iterator[Item]:
    graph = _graph(path)
    case = case_id(graph) if graph else None
    given: set[str] = set()
    told: Counter[str] = Counter()
    if case:
        title = f"ICIJ Power Players {graph}"
        yield Row("cases", {"case_id": case, "title": title, "opened_on": _PUBLISHED, "status": "open"}, 1)
    for row, fields in numbered(path, "persons"):
        if isinstance(fields, Refused):
            yield fields
            continue
        category = fields["data.categories.0"]
        told[category] += 1
        if fields["id"] in given:
            told["repeated"] += 1
            continue
        given.add(fields["id"])
        yield from _node(fields, category, row, case)
    yield from _node_notes(told)


def _node(fields: dict[str, str], category: str, row: int, case: str | None) -> Iterator[Item]:
    """One node as a person or organization and its role in the case; addresses have no table."""
    name = fields["data.properties.name"] or fields["label"]
    if category == "Address":
        return
    reasons = _faults(fields, category, name)
    if reasons:
        raw = ",".join(value for value in fields.values() if value)
        yield Refused("persons" if category == "Officer" else "organizations", raw, reasons, row)
        return
    party = f"ICIJ-{fields['id']}"
    extra = _extra(fields)
    if category == "Officer":
        role = "officer"
        yield Row("persons", {"person_id": party, "name": name, **extra}, row)
    else:
        role = "firm" if category == "Company" else "intermediary"
        yield Row("organizations", {"org_id": party, "name": name, **_organization(fields, category), **extra}, row)
    if case:
        yield Row("case_subjects", {"case_id": case, "entity_id": party, "role": role}, row)


def _faults(fields: dict[str, str], category: str, name: str) -> tuple[str, ...]:
    faults = []
    if not fields["id"]:
        faults.append("id: empty")
    if not name:
        faults.append("name: empty")
    if category not in ("Officer", "Company", "Client"):
        faults.append(f"category {category!r} is not one of Officer, Company, Client, Address")
    if category == "Officer" and _BEARER.fullmatch(name):
        faults.append("name: bearer shares name no holder, and the bearers of different firms are not one person")
    return tuple(faults)


def _organization(fields: dict[str, str], category: str) -> dict[str, str]:
    def of(name: str) -> str:
        return fields.get(_PROPERTY + name, "")

    if category == "Company":
        values = {"region": of("jurisdiction"), "established_on": iso_date(of("registrationDate"))}
    else:
        values = {"region": of("country"), "kind": "intermediary", "address": of("city")}
    return {column: value for column, value in {**values, "status": of("status")}.items() if value}


def _extra(fields: dict[str, str]) -> dict[str, str]:
    """ICIJ's own properties as extra columns, dates as ISO."""
    extra = {"icij_category": fields["data.categories.0"]}
    for name, value in fields.items():
        if name.startswith(_PROPERTY) and value and name != f"{_PROPERTY}name":
            key = name.removeprefix(_PROPERTY)
            extra[f"icij_{key.lower()}"] = (iso_date(value) if key.lower().endswith(_DATES) else value) or value
    return extra


def _node_notes(told: Counter[str]) -> Iterator[Note]:
    if told["Address"]:
        yield Note(_ADDRESSES.format(n=told["Address"]), "info")
    if told["repeated"]:
        yield Note(_REPEATED.format(n=told["repeated"]), "info")
    yield Note(_PRESENTATION, "mapping")


_ADDRESSES = Text("{n} 个地址节点没有对应的表,未读入。", "{n} address node(s) have no table and were not read.")
_REPEATED = Text(
    "{n} 行重复前面已出现的节点,只取第一次。", "{n} row(s) repeat a node given before; the first one stands."
)
_PRESENTATION = Text(
    "类别列决定节点是人(Officer)、公司(Company)还是中介(Client);Officer 中也会有法人,名称不作推断。"
    "坐标、颜色、大小等绘图列未读入。",
    "The category column makes a node a person (Officer), firm (Company) or intermediary (Client); legal persons occur "
    "among officers and names are not judged. Columns of the drawing (place, colour, size) were not read.",
)


def _edges(path: Path) -> Iterator[Item]:
    told: Counter[str] = Counter()
    for row, fields in numbered(path, "ownerships"):
        if isinstance(fields, Refused):
            yield fields
            continue
        kind = fields["data.type"]
        if not fields["source"] or not fields["target"]:
            yield Refused("ownerships", ",".join(fields.values()), ("source or target: empty",), row)
        elif kind == "is officer of":
            yield from _officer(fields, row)
        elif kind == "registered":
            yield Row("directorships", _edge(fields, "person_id", {"role": "registered_intermediary"}), row)
            told["intermediaries"] += 1
        else:
            told[f"={kind}"] += 1
    if told["intermediaries"]:
        yield Note(_INTERMEDIARIES.format(n=told["intermediaries"]), "mapping")
    others = {name[1:]: n for name, n in told.items() if name.startswith("=")}
    if others:
        listed = ", ".join(f"{name} ×{n}" for name, n in sorted(others.items()))
        yield Note(_OTHERS.format(n=sum(others.values()), of=listed), "info")


def _officer(fields: dict[str, str], row: int) -> Iterator[Row]:
    """An officer's edge by the words of its role: an owner holds, everyone else acts; who does both gets both rows."""
    printed = fields["data.properties.name"] or fields.get("label", "")
    owns = bool(_OWNS.search(printed))
    if owns:
        yield Row("ownerships", _edge(fields, "holder_id", {"role": printed}), row)
    if not owns or _DIRECTS.search(printed):
        role = "director" if _DIRECTS.search(printed) else printed or fields["data.type"]
        yield Row("directorships", _edge(fields, "person_id", {"role": role, "role_printed": printed}), row)


def _edge(fields: dict[str, str], holder: str, more: dict[str, str]) -> dict[str, str]:
    values: dict[str, str | None] = {
        holder: f"ICIJ-{fields['source']}",
        "org_id": f"ICIJ-{fields['target']}",
        **more,
    }
    for column, name in (("start_date", "date_start"), ("end_date", "date_end")):
        printed = iso_date(fields.get(_PROPERTY + name, ""))
        # A year alone, or two digits of one, is no date: it is kept beside, and the relation is not lost for it.
        values[column if _DAY.fullmatch(printed or "") else f"{column}_printed"] = printed
    return {column: value for column, value in values.items() if value}


_INTERMEDIARIES = Text(
    "{n} 条“注册代理”关系(中介为公司办理注册)写入企业任职表,角色为 registered_intermediary,任职人是机构。",
    "{n} edge(s) `registered` (an intermediary set the firm up) stand in directorships with role "
    "registered_intermediary; there the role holder is an organization.",
)
_OTHERS = Text("{n} 条关系没有对应的表,未读入:{of}。", "{n} edge(s) fit no table and were not read: {of}.")

READER = Reader(
    id="icij",
    title=Text("ICIJ 巴拿马文件“权力人物”关系图", "ICIJ Panama Papers, the Power Players graphs"),
    tables=("cases", "case_subjects", "persons", "organizations", "ownerships", "directorships", "kinships"),
    recognise=recognise,
    read=read,
    references=("https://www.icij.org/investigations/panama-papers/the-power-players/",),
)
