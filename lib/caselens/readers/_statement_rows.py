"""Which rows under a heading are transactions, and what the others say."""

from __future__ import annotations

import re

from caselens.readers import _statement_values as values
from caselens.readers._grid import GridRow
from caselens.readers._statement_lines import Section
from caselens.readers._statement_preamble import Control
from caselens.readers._statement_recognise import is_heading

BLANK, OTHER, HEADING, LINE = "blank", "other", "heading", "line"
_TOTAL = re.compile(r"合计|总计|总额|小计|累计|total", re.IGNORECASE)
_PARTIAL = re.compile(r"小计|本页|本日|本月|本年|承前|过次|累计|subtotal|page", re.IGNORECASE)
_FOOTER = re.compile(
    r"合计|总计|小计|累计|本页|承前|过次页|期初|期末|上期|余额合计|以上|说明|注意|提示|备注[:：]|打印|制表|复核|盖章|第\s*\d+\s*页"
    r"|共\s*\d+\s*[页笔条]|^注[:：]?$|total|page\s*\d|end of|opening balance|closing balance|carried forward|brought forward|-{6,}|={6,}",
    re.IGNORECASE,
)
#: A label with its value, as between two tables of one sheet (``账号：1234``).
_LABELLED = re.compile(r"[^\d:：]{1,12}[:：]")
_CARRIED = re.compile(
    r"(?:本[日月年页期])?(?:合计|小计|累计|总计)|承前页?|过次页|(?:期初|上期|期末)余额|(?:opening|closing) balance",
    re.IGNORECASE,
)


def kind_of(section: Section, row: GridRow) -> str:
    """``blank``, ``heading`` (a heading row again), ``other`` (total, note, page line) or ``line``.

    A row with a date is a line, unless all it says is that it carries a total or a balance forward. A row without one
    is a line, to be refused, where both its date and its money are filled with something.
    """
    if section.when(row):
        return OTHER if _CARRIED.fullmatch(section.memo(row)) else LINE
    filled = [text for cell in row.cells if (text := values.clean(cell))]
    if not filled:
        return BLANK
    if len(filled) == 1:
        return OTHER
    if is_heading(row):
        return HEADING
    money = any(values.money(section.raw(name, row)) for name in ("amount", "amount_in", "amount_out"))
    if _LABELLED.match(filled[0]) and not money:
        return OTHER
    if _FOOTER.search(filled[0]) or (len(filled) <= 3 and any(_FOOTER.search(text) for text in filled)):
        return OTHER
    dated = any(section.raw(name, row).strip() for name in ("moment", "date"))
    priced = any(values.value(section.raw(name, row)) for name in ("amount", "amount_in", "amount_out"))
    return LINE if dated or priced else OTHER


def footer_controls(section: Section, rows: list[GridRow]) -> list[Control]:
    """Totals that a footer prints under the columns of amounts; totals of a page or a month are passed over."""
    found: list[Control] = []
    for row in rows:
        label = next((values.clean(cell) for cell in row.cells if cell.strip()), "")
        if not _TOTAL.search(label) or _PARTIAL.search(label):
            continue
        for name, kind in (("amount_in", "in"), ("amount_out", "out")):
            amount = values.money(section.raw(name, row)) if name in section.places else None
            if amount is not None and section.places[name][0] not in row.flaws:
                found.append(Control(kind, None, abs(amount), row.number))
    return found
