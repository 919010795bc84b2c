"""Finding the heading row of a statement and what its columns hold, by synonyms and by the shape of the values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from caselens.readers import _statement_states as states
from caselens.readers import _statement_values as values
from caselens.readers._grid import GridRow
from caselens.readers._statement_headings import JOINED, MONEY, TEMPORAL, field_of, normalise, unit
from caselens.readers._statement_mapping import Mapping, column_names

#: The heading row is looked for in this many rows, and the shape of values in this many after it.
HEADING_WITHIN = 80
SAMPLE = 60
_FALLBACKS = {"moment", "counterparty_account", "counterparty_name", "card", "account", "party", "holder"}
_SUPPORT = (
    "balance",
    "counterparty_name",
    "counterparty_account",
    "party",
    "memo",
    "bank_reference",
    "channel",
    "currency",
)
#: Headings of tables with both parties in a row, or of the workbench's own tables: not one account's statement.
_TWO_PARTIES = (
    {"payer", "payee"}, {"payername", "beneficiaryname"}, {"sender", "receiver"}, {"from", "to"}, {"付款人", "收款人"},
    {"付款账号", "收款账号"}, {"lineid", "bookedat"}, {"paymentid", "paidat"}, {"originator", "beneficiary"},
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A heading row: its place among the rows given, over how many rows it runs, its headings and their mapping."""

    index: int
    heading: tuple[str, ...]
    mapping: Mapping


def find_heading(rows: Sequence[GridRow], sheet: str = "") -> Found | None:
    """The best heading row among the first rows of a sheet, or ``None`` where nothing can be a statement's.

    A heading of two rows (a merged 交易金额 over 收入 and 支出) is tried where one row does not suffice. Cost: one look
    at each of the first ``HEADING_WITHIN`` rows.
    """
    alone = [
        recognise_heading(row.cells, _below(rows, index + 1), sheet, row.number)
        for index, row in enumerate(rows[: HEADING_WITHIN + 1])
    ]
    found: list[Found] = []
    for index, single in enumerate(alone[:HEADING_WITHIN]):
        row, below = rows[index], alone[index + 1] if index + 1 < len(alone) else None
        sure = max((each.confidence for each in (single, below) if each is not None), default=0.0)
        if index + 1 < len(rows) and sure < 0.9:
            joined = join_headings(row.cells, rows[index + 1].cells)
            double = recognise_heading(joined, _below(rows, index + 2), sheet, row.number, heading_rows=2)
            if double is not None and double.confidence > sure + 0.05:
                found.append(Found(index, joined, double))
        if single is not None:
            found.append(Found(index, row.cells, single))
    # The first that is nearly as good as the best: tables of several accounts may stand one below the other. Of a
    # heading and its translation in the next row the better one counts.
    best = max((each.mapping.confidence for each in found), default=0.0)
    for place, each in enumerate(found):
        if each.mapping.confidence >= 0.8 * best:
            near = [other for other in found[place : place + 3] if other.index <= each.index + 1]
            return max(near, key=lambda other: (other.mapping.confidence, len(other.mapping.columns)))
    return None


def is_heading(row: GridRow) -> bool:
    """Whether most cells of the row are headings and none is a figure."""
    filled = [cell for cell in row.cells if cell.strip()]
    if len(filled) < 3 or any(values.money(cell) is not None for cell in filled):
        return False
    known = sum(1 for cell in filled if field_of(cell)[1] >= 0.6 and normalise(cell))
    return known * 2 > len(filled) and known >= 3


def _below(rows: Sequence[GridRow], start: int) -> list[GridRow]:
    """The sample under a heading: up to the first blank row, for another table may begin after it."""
    sample: list[GridRow] = []
    for row in rows[start : start + SAMPLE]:
        if is_heading(row):
            continue  # the heading again, on a new page or in translation
        if any(cell.strip() for cell in row.cells):
            sample.append(row)
        elif sample:
            break
    return sample


def join_headings(upper: tuple[str, ...], lower: tuple[str, ...]) -> tuple[str, ...]:
    """Two heading rows as one; an upper heading merged over several columns counts for each that has a lower one."""
    joined, last = [], ""
    for index in range(max(len(upper), len(lower))):
        above = upper[index].strip() if index < len(upper) else ""
        below = lower[index].strip() if index < len(lower) else ""
        last = above or (last if below else "")
        pair = f"{last}{below}" if below else last
        joined.append(below if below and field_of(below)[1] > field_of(pair)[1] else pair)
    return tuple(joined)


def recognise_heading(
    heading: tuple[str, ...], body: Sequence[GridRow], sheet: str = "", number: int = 0, heading_rows: int = 1
) -> Mapping | None:
    """What the columns under ``heading`` hold, or ``None`` if date or money is not among them."""
    names = column_names(heading)
    if len(names) < 2:
        return None
    plain = {"".join(name.lower().split()).replace("_", "") for name in names}
    if any(pair <= plain for pair in _TWO_PARTIES):
        return None
    candidates: dict[str, list[tuple[float, int, str]]] = {}
    for name, index in names.items():
        target, weight = field_of(heading[index])
        if target:
            weight *= 0.4 + 0.6 * _shape(target, index, body)
            candidates.setdefault(target, []).append((-weight, index, name))
    for entries in candidates.values():
        entries.sort()
    columns: dict[str, tuple[str, ...]] = {}
    order = _date_order(candidates, body)
    temporal = _temporal(candidates, body, order)
    columns.update(temporal)
    for target, entries in candidates.items():
        if target in TEMPORAL:
            continue
        if target in JOINED:
            columns[target] = tuple(name for _, _, name in sorted(entries, key=lambda entry: entry[1]))
        else:
            columns[target] = tuple(name for _, _, name in entries[: 3 if target in _FALLBACKS else 1])
    if "flag" not in columns and "amount" in columns and "amount_in" not in columns:
        columns.update(_flag_by_content(names, columns, body))
    positive = ""
    if ("amount_in" in columns) != ("amount_out" in columns) and "amount" not in columns:
        positive = "in" if "amount_in" in columns else "out"
        columns["amount"] = columns.pop("amount_in", ()) or columns.pop("amount_out")
    if "amount_in" in columns and "amount_out" in columns:
        columns.pop("amount", None)
    else:
        columns.pop("amount_in", None)
        columns.pop("amount_out", None)
    if not temporal or not ("amount" in columns or "amount_in" in columns):
        return None
    confidence = _confidence(columns, candidates)
    if confidence < 0.3:
        return None
    scale = {t: str(unit(headings[0])) for t, headings in columns.items() if t in MONEY and unit(headings[0]) != 1}
    return Mapping(
        columns,
        date_order=order,
        positive=positive,
        scale=scale,
        sheet=sheet,
        heading_row=number,
        heading_rows=heading_rows,
        confidence=round(confidence, 3),
    )


_SHAPES: dict[str, Callable[[str], bool]] = {
    **dict.fromkeys(("amount", "amount_in", "amount_out", "balance", "fee", "refunded"), lambda t: values.money(t) is not None),
    **dict.fromkeys(TEMPORAL, lambda t: bool(values.moment(t) or values.time(t) or values.year_last(t))),
    "flag": lambda t: values.direction(t) is not None or t in values.NEUTRAL,
    "device_ip": values.ip_address,
    "device_mac": values.mac_address,
    "currency": lambda t: bool(states.currency(t)),
    "account": lambda t: bool(values.split_party(t)[1]) or values.looks_like_account(t) or values.is_rounded(t),
    "card": lambda t: bool(values.split_party(t)[1]) or values.looks_like_account(t) or values.is_rounded(t),
}  # fmt: skip


def _sample(index: int, body: Sequence[GridRow]) -> list[str]:
    """The values (no placeholders) of a column in the sample."""
    return [text for row in body if (text := values.value(row.cell(index)))]


def _shape(target: str, index: int, body: Sequence[GridRow]) -> float:
    """Share of the column's values that have the field's shape; 0.7 where there is nothing to look at."""
    check = _SHAPES.get(target)
    sample = _sample(index, body) if check is not None else []
    if check is None or not sample:
        return 1.0 if check is None else 0.7
    return sum(map(check, sample)) / len(sample)


def _date_order(candidates: dict[str, list[tuple[float, int, str]]], body: Sequence[GridRow]) -> str:
    """``dmy`` or ``mdy`` if the dates have the year last and one of them settles which it is, else empty."""
    pairs = [
        pair
        for target in TEMPORAL
        for _, index, _ in candidates.get(target, ())
        for text in _sample(index, body)
        if (pair := values.year_last(text))
    ]
    first_large, second_large = any(a > 12 for a, _ in pairs), any(b > 12 for _, b in pairs)
    return "" if first_large == second_large else "dmy" if first_large else "mdy"


def _temporal(
    candidates: dict[str, list[tuple[float, int, str]]], body: Sequence[GridRow], order: str
) -> dict[str, tuple[str, ...]]:
    """Which columns make ``booked_at``: a full moment; else a date with its time; else the booking before the trade date."""
    shaped: dict[tuple[str, str], list[str]] = {}
    for target in TEMPORAL:
        for _, index, name in candidates.get(target, ()):
            shaped.setdefault((target, _temporal_shape(name, _sample(index, body), order)), []).append(name)
    if traded := shaped.get(("at", "moment")):
        return {"moment": tuple(traded)}
    if booked := shaped.get(("posted", "moment")):
        return {"moment": tuple(booked)}
    dates = {target: names for (target, shape), names in shaped.items() if shape == "date"}
    if not dates:
        return {}
    for target in TEMPORAL:
        if clock := shaped.get((target, "time")):
            day = dates.get(target) or dates["posted" if target == "at" else "at"]
            return {"date": (day[0],), "time": (clock[0],)}
    return {"date": ((dates.get("posted") or dates["at"])[0],)}


def _temporal_shape(name: str, sample: list[str], order: str) -> str:
    """``moment``, ``date``, ``time`` or ``""`` by the values; without values by the heading."""
    read = [found for text in sample if (found := values.moment(text, order))]
    clocks = sum(1 for text in sample if values.time(text) and not values.moment(text, order))
    if not sample:
        return "time" if "时间" in name or "time" in name.lower() else "date"
    if len(read) >= max(1, clocks):
        return "moment" if sum(1 for _, clock in read if clock) * 2 >= len(read) else "date"
    if clocks:
        return "time"
    return "date" if any(values.year_last(text) for text in sample) else ""


def _flag_by_content(
    names: dict[str, int], columns: dict[str, tuple[str, ...]], body: Sequence[GridRow]
) -> dict[str, tuple[str, ...]]:
    """A column whose every value is a direction, whatever its heading, where the amounts carry no sign themselves."""
    amounts = _sample(names[columns["amount"][0]], body)
    if any((values.money(text) or 0) < 0 for text in amounts):
        return {}
    for name, index in names.items():
        sample = _sample(index, body)
        if len(sample) >= 3 and len(sample) * 2 >= len(amounts) and all(values.direction(text) for text in sample):
            return {"flag": (name,), "memo": tuple(each for each in columns.get("memo", ()) if each != name)}
    return {}


def _confidence(columns: dict[str, tuple[str, ...]], candidates: dict[str, list[tuple[float, int, str]]]) -> float:
    """0 to 0.95: how well date and money were found, raised by the fields that a statement has beside them."""

    def weight(*targets: str) -> float:
        return max((min(1.0, -candidates[target][0][0]) for target in targets if target in candidates), default=0.0)

    money = (
        min(weight("amount_in"), weight("amount_out"))
        if "amount_in" in columns
        else weight("amount", "amount_in", "amount_out")
    )
    support = sum(1 for target in _SUPPORT if target in columns)
    direction = 1.0 if "flag" in columns or "amount_in" in columns else 0.85
    if support == 0 or (support == 1 and direction < 1 and "balance" not in columns):
        return 0.0
    return min(0.95, weight(*TEMPORAL) * money * direction * min(1.0, 0.65 + 0.1 * support))
