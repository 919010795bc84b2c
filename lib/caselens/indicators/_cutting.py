"""Which purchases of one buyer from one group of suppliers look like one purchase cut into several."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from caselens.core.text import Text
from caselens.indicators._declare import Inputs
from caselens.indicators._orders import emergencies
from caselens.indicators._purchases import alike, groups, parse_day, windows

EMERGENCY = Text("其他机关先于采购签发应急指令", "emergency order of another body, older than the purchase").both()
BEFORE = Text("签订于规则生效之前", "signed before the rule took effect").both()
SITES = Text(
    "各部分分属不同项目且分别申请", "each part belongs to a project of its own and was requested separately"
).both()
UNKNOWN = Text(
    "合计达到限额，但申请人、审批人无记录",
    "purchases that together reach the line, but who requested or approved them is not on record",
).both()
#: Words of a category by which a purchase for a construction project is of a kind with a statutory line.
_KINDS = (
    ("works", "工程施工|施工|土建|工程|construction|works"),
    ("services", "勘察|设计|监理|服务|survey|design|supervision|service"),
    ("goods", "货物|设备|材料|物资|goods|equipment|material"),
)


@dataclass(slots=True)
class Cut:
    """Purchases of one buyer from one group of suppliers that were cut below a line.

    ``labels`` are index labels of the purchases; ``line_fen`` the highest line that they evade, ``statutory`` whether
    that one is set by law for projects.
    """

    buyer: str
    group: str
    labels: set[int] = field(default_factory=set)
    line_fen: int = 0
    statutory: bool = False


@dataclass(slots=True)
class Judged:
    """What looking at all buyers gave: cuts, and for buyers without one why a like pattern does not count."""

    cuts: list[Cut] = field(default_factory=list)
    excluded: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)


def scoped(rows: pd.DataFrame, rules: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """Purchases with ``since``, ``is_before``, ``in_scope`` and ``assumed``: whether the line's day is not on record.

    Where a unit has no recorded day and none is set, the line is put to all of its purchases, and what comes of it is a
    note: that the rule was in force is to be confirmed first. Purchases under an emergency order get it as their
    ``out``.
    """
    default = parse_day(inputs["effective_from"], "effective_from")
    since = pd.to_datetime(rows["buyer"].map(dict(zip(rules["unit_id"], rules["since"], strict=True))))
    if default is not None:
        since = since.fillna(pd.Timestamp(default))
    orders = emergencies(inputs)
    out = rows["out"].copy()
    # What was ordered after the first purchase of a project excuses none of the later ones either.
    begun = rows.groupby(["buyer", "project"])["signed_on"].transform("min")
    for label, row in rows[(out == "") & rows["project"].isin(list(orders))].iterrows():
        if any(order.covers(row, begun[label]) for order in orders[row["project"]]):
            out.loc[label] = EMERGENCY
    return rows.assign(
        out=out,
        since=since,
        is_before=(pd.to_datetime(rows["signed_on"]) < since).to_numpy(dtype=bool),
        in_scope=~rows["foreign"].astype(bool),
        assumed=since.isna(),
    )


def judge(rows: pd.DataFrame, pairs: pd.DataFrame, inputs: Inputs) -> Judged:
    """Look at every buyer and group of linked suppliers.

    ``rows`` are purchases in order of time with ``since`` (day from which the buyer's rule was in force; NaT = not
    known) and ``out``; ``pairs`` are linked suppliers.
    """
    judged = Judged()
    rows = rows.assign(statutory=_statutory(rows, inputs))
    for buyer, group, part in _by_group(rows, pairs):
        cut = Cut(buyer, group)
        _own_line(cut, part, inputs, judged)
        _statutory_lines(cut, part, inputs)
        if cut.labels:
            judged.cuts.append(cut)
    return judged


def _by_group(rows: pd.DataFrame, pairs: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    linked = list(zip(pairs["a"], pairs["b"], strict=True))
    neighbours: dict[str, list[tuple[str, str]]] = {}
    for a, b in linked:
        neighbours.setdefault(a, []).append((a, b))
    for buyer, part in rows.groupby("buyer", sort=True):
        suppliers = set(part["supplier"])
        mine = [pair for name in suppliers for pair in neighbours.get(name, ()) if pair[1] in suppliers]
        for group, some in part.groupby(part["supplier"].map(groups(suppliers, mine)), sort=True):
            if len(some) >= 2:
                yield str(buyer), str(group), some


def _own_line(cut: Cut, part: pd.DataFrame, inputs: Inputs, judged: Judged) -> None:
    """The buyer's own line, from the day its rule took effect."""
    line = round(inputs["line"] * 100)
    small = part[(part["fen"] < line) & part["in_scope"]]
    if small["fen"].sum() < line:
        return
    counted = small[(small["out"] == "") & ~small["is_before"]]
    for _, kind in counted.groupby(alike(counted, inputs["min_similarity"]), sort=False):
        found = _found(kind, line, inputs)
        if found and _separate(kind.loc[sorted(found)]):
            judged.excluded.setdefault(cut.buyer, SITES)
        elif found:
            cut.labels |= found
            cut.line_fen = line
        elif _untied(kind, line, inputs):
            judged.unknown.setdefault(cut.buyer, UNKNOWN)
    if not cut.labels:
        _why_not(cut, small, line, inputs, judged)


def _why_not(cut: Cut, small: pd.DataFrame, line: int, inputs: Inputs, judged: Judged) -> None:
    """Where a pattern would be there but for purchases that do not count, say by which rule."""
    for _, kind in small.groupby(alike(small, inputs["min_similarity"]), sort=False):
        found = kind.loc[sorted(_found(kind, line, inputs))]
        reasons = found["out"].where(found["out"] != "", found["is_before"].map({True: BEFORE, False: ""}))
        reasons = reasons[reasons != ""]
        if len(reasons):
            judged.excluded.setdefault(cut.buyer, str(reasons.value_counts().sort_index().idxmax()))


def _statutory(rows: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """Of every purchase for a construction project below the line that law sets for its kind: that kind, else empty."""
    since = pd.Timestamp(date.fromisoformat(inputs["statutory_from"]))
    counts = (rows["out"] == "") & (rows["project"] != "") & (pd.to_datetime(rows["signed_on"]) >= since)
    kinds = pd.Series("", index=rows.index)
    for kind, words in _KINDS:
        named = counts & (kinds == "") & rows["category"].str.contains(words)
        kinds = kinds.mask(named, kind)
    lines = kinds.map({kind: round(inputs[f"line_{kind}"] * 100) for kind, _ in _KINDS})
    return kinds.where(rows["fen"] < lines, "")


def _statutory_lines(cut: Cut, part: pd.DataFrame, inputs: Inputs) -> None:
    """The lines that law sets for purchases of one construction project, by kind."""
    if (part["statutory"] != "").sum() < 2:
        return
    for (kind, _), some in part[part["statutory"] != ""].groupby(["statutory", "project"], sort=True):
        line = round(inputs[f"line_{kind}"] * 100)
        found = _found(some, line, inputs)
        if found:
            cut.labels |= found
            cut.line_fen, cut.statutory = max(cut.line_fen, line), True


def _found(kind: pd.DataFrame, line: int, inputs: Inputs) -> set[int]:
    """Purchases in a window that reach the line: two of one requester or request, or three of anybody."""
    days = inputs["window_days"]
    found = windows(kind, line, days, 3)
    for column in ("handler", "request"):
        named = kind[kind[column] != ""]
        for _, mine in named.groupby(column, sort=False):
            if len(mine) >= 2:
                found |= windows(mine, line, days, 2)
    return found


def _untied(kind: pd.DataFrame, line: int, inputs: Inputs) -> bool:
    """Two purchases would reach the line, and of one of them neither approver nor request is on record."""
    pair = kind.loc[sorted(windows(kind, line, inputs["window_days"], 2))]
    return bool(len(pair)) and bool(((pair["handler"] == "") & (pair["request"] == "")).any())


def _separate(found: pd.DataFrame) -> bool:
    """Every part has a project and a request number, and no two share either."""
    return all((found[name] != "").all() and found[name].is_unique for name in ("project", "request"))
