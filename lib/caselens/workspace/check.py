"""What is wrong with the data: one row a finding, counted, with an example that leads to its file and row.

Everything is computed in the engine over the rows in force. A finding about the data is never a finding about a person,
and a check that has nothing to look at finds nothing: what is lacking altogether is told by ``caselens coverage``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from caselens.tables import TABLES, Column
from caselens.workspace._check_content import balance_findings, number_findings
from caselens.workspace._check_files import COLUMNS, Finding, damage_findings, entry_findings, quarantined
from caselens.workspace._workspace import Workspace
from caselens.workspace.validate import literal, quote, unknown_codes

_ORDER = {"error": 0, "warning": 1, "info": 2}
#: Dates and moments that may well lie ahead of the data.
_AHEAD = frozenset(
    [
        "end_date",
        "due_on",
        "reply_due_on",
        "deadline_at",
        "maturity_date",
        "until",
        "valid_from",
        "valid_until",
        "period_end",
        "period_start",
    ]
)
_PLACE = "min_by(source_file, source_row) AS file, min(source_row) AS row"


def check(workspace: Workspace) -> pd.DataFrame:
    """Everything to be said about the data's quality.

    Looked at: files of the workspace that are no longer what was written, refused files, quarantined rows, keys with
    different content, what readers told about a file, codes
    outside the lists, references without a row, currencies without a rate, a currency with two rates on a day, dates
    after the day the data stand for, completeness that is both declared and denied, identifying numbers that are none,
    and balances that do not run on from line to line.

    Returns:
        Columns ``severity`` (``error``: data are missing; ``warning``: look at it; ``info``), ``kind``, ``table``,
        ``column``, ``count``, ``zh``, ``en``, ``source_file``, ``source_row`` (an example; 0 where it is the file as a
        whole), the severest first. Empty where nothing was found.
    """
    found = [*damage_findings(workspace), *entry_findings(workspace.catalog.entries()), *quarantined(workspace)]
    for look in (
        _unknown_codes,
        _dangling,
        _no_rate,
        _two_rates,
        _after_as_of,
        _coverage,
        number_findings,
        balance_findings,
    ):
        found += look(workspace)
    found.sort(key=lambda item: (_ORDER[item.severity], item.kind, item.table, item.column, item.source_file))
    return pd.DataFrame([[getattr(item, name) for name in COLUMNS] for item in found], columns=list(COLUMNS))


def coverage_facts(workspace: Workspace) -> pd.DataFrame:
    """What each delivered table is: rows, the time its rows span, and for what it is declared complete.

    Returns:
        Columns ``table``, ``rows``, ``first`` and ``last`` (dates of its first required date or moment; empty where it
        has none), ``scope``, ``period_start``, ``period_end``, ``is_complete``, ``basis``: a row for each declaration,
        or one with the latter empty where nothing is declared. There, an absent row proves nothing.
    """
    rows = []
    for name in workspace.tables():
        dated = [c.name for c in TABLES[name].columns if c.kind in ("date", "moment") and workspace.has(name, c.name)]
        span = f"CAST(min({quote(dated[0])}) AS DATE), CAST(max({quote(dated[0])}) AS DATE)" if dated else "NULL, NULL"
        count, first, last = workspace.con.execute(f"SELECT count(*), {span} FROM {quote(name)}").fetchall()[0]
        rows.append((name, count, first, last))
    facts = pd.DataFrame(rows, columns=["table", "rows", "first", "last"], dtype=object)
    declared = workspace.con.execute(
        'SELECT "table", coalesce(scope, \'\') AS scope, period_start, period_end, is_complete, basis FROM "coverage"'
    ).df()
    return facts.merge(declared.astype(object), on="table", how="left")


@dataclass(frozen=True, slots=True)
class _Cells:
    """A delivered table and column to look at."""

    table: str
    column: Column


def _cells(workspace: Workspace) -> Iterator[_Cells]:
    for name in workspace.tables():
        given = workspace.catalog.columns(name)
        for column in TABLES[name].columns:
            if column.name in given:
                yield _Cells(name, column)


def _unknown_codes(workspace: Workspace) -> Iterator[Finding]:
    for item in _cells(workspace):
        if not item.column.codes or item.column.closed:
            continue
        query = unknown_codes(item.column, quote(item.table), f", {_PLACE}")
        for name, code, cells, file, row in workspace.con.execute(f"{query} ORDER BY cells DESC, code").fetchall():
            shown = code[:60]
            zh = f"代码“{shown}”不在代码表内,已保留,出现 {cells} 次;只有依赖它的判断无法评估"
            en = f"code {shown!r} is not in the list; kept, {cells} times; only what depends on it cannot be assessed"
            yield Finding("info", "unknown_code", item.table, name, cells, zh, en, file, row)


def _dangling(workspace: Workspace) -> Iterator[Finding]:
    for item in _cells(workspace):
        targets = [name for name in item.column.references if name in TABLES]
        if not targets:
            continue
        cell = quote(item.column.name)
        each = f"unnest(string_split({cell}, ';'))" if item.column.several else cell
        known = " AND ".join(
            f"NOT EXISTS (SELECT 1 FROM {quote(t)} t WHERE t.{quote(TABLES[t].key[0])} = r.id)" for t in targets
        )
        cells, ids, example, file, row = workspace.con.execute(
            f"SELECT count(*), count(DISTINCT id), min_by(id, source_row), min_by(source_file, source_row), "
            f"min(source_row) FROM (SELECT {each} AS id, source_file, source_row FROM {quote(item.table)} "
            f"WHERE {cell} IS NOT NULL) r WHERE {known}"
        ).fetchall()[0]
        if not cells:
            continue
        names = " / ".join(targets)
        absent = not any(workspace.has(name) for name in targets)
        zh = f"{cells} 处引用的 {ids} 个编号在 {names} 中不存在,例:{str(example)[:60]}" + (
            ",该表未提供" if absent else ""
        )
        en = f"{cells} cells name {ids} ids that {names} does not have, e.g. {str(example)[:60]!r}" + (
            "; that table was not delivered" if absent else ""
        )
        yield Finding("warning", "dangling_reference", item.table, item.column.name, cells, zh, en, file, row)


def _no_rate(workspace: Workspace) -> Iterator[Finding]:
    for item in _cells(workspace):
        if item.column.name != "currency" or item.table == "exchange_rates":
            continue
        query = (
            f"SELECT currency, count(*) AS cells, {_PLACE} FROM {quote(item.table)} WHERE currency <> 'CNY' AND NOT EXISTS "
            f"(SELECT 1 FROM exchange_rates e WHERE e.currency = {quote(item.table)}.currency) GROUP BY 1 ORDER BY 2 DESC, 1"
        )
        for currency, cells, file, row in workspace.con.execute(query).fetchall():
            zh = f"{cells} 行币种为 {currency[:20]},汇率表中没有该币种,折算后的判断无法评估"
            en = f"{cells} rows are in {currency[:20]!r}, for which there is no exchange rate: they cannot be assessed"
            yield Finding("warning", "no_rate", item.table, "currency", cells, zh, en, file, row)


def _two_rates(workspace: Workspace) -> Iterator[Finding]:
    query = (
        "SELECT currency, rate_on, count(DISTINCT cny) AS rates, min_by(source_file, source_row), min(source_row) "
        "FROM exchange_rates GROUP BY 1, 2 HAVING rates > 1 ORDER BY 1, 2"
    )
    for currency, day, rates, file, row in workspace.con.execute(query).fetchall():
        zh = f"{currency[:20]} 在 {day} 有 {rates} 个不同汇率"
        en = f"{currency[:20]!r} has {rates} different rates on {day}"
        yield Finding("warning", "two_rates", "exchange_rates", "cny", rates, zh, en, file, row)


def _after_as_of(workspace: Workspace) -> Iterator[Finding]:
    as_of = workspace.as_of
    for item in _cells(workspace):
        if item.column.kind not in ("date", "moment") or item.column.name in _AHEAD:
            continue
        cell = quote(item.column.name)
        cells, last, file, row = workspace.con.execute(
            f"SELECT count(*), max({cell}), min_by(source_file, source_row), min(source_row) FROM {quote(item.table)} "
            f"WHERE CAST({cell} AS DATE) > {literal(as_of.isoformat())}::DATE"
        ).fetchall()[0]
        if cells:
            zh = f"{cells} 个日期晚于数据截止日 {as_of},最晚 {last}"
            en = f"{cells} dates lie after {as_of}, the day the data stand for; the last is {last}"
            yield Finding("warning", "after_as_of", item.table, item.column.name, cells, zh, en, file, row)


def _coverage(workspace: Workspace) -> Iterator[Finding]:
    """Periods declared complete and incomplete at once; tables declared complete that were not delivered."""
    query = (
        'SELECT y."table", count(*), min_by(y.source_file, y.source_row), min(y.source_row) FROM "coverage" y '
        'JOIN "coverage" n ON y."table" = n."table" AND coalesce(y.scope, \'\') = coalesce(n.scope, \'\') '
        "AND y.period_start <= n.period_end AND n.period_start <= y.period_end "
        "WHERE y.is_complete AND NOT n.is_complete GROUP BY 1 ORDER BY 1"
    )
    for name, pairs, file, row in workspace.con.execute(query).fetchall():
        zh = f"{name[:60]}:同一范围、重叠期间既声明完整又声明不完整,共 {pairs} 处"
        en = f"{name[:60]}: declared complete and incomplete for overlapping periods of one scope, {pairs} times"
        yield Finding("warning", "coverage_contradiction", "coverage", "is_complete", pairs, zh, en, file, row)
    query = (
        'SELECT "table", count(*), min_by(source_file, source_row), min(source_row) FROM "coverage" '
        "WHERE is_complete GROUP BY 1 ORDER BY 1"
    )
    for name, count, file, row in workspace.con.execute(query).fetchall():
        if name not in TABLES:
            zh, en = f"{name[:60]} 不是数据表", f"{name[:60]!r} is no table"
            yield Finding("warning", "coverage_of_nothing", "coverage", "table", count, zh, en, file, row)
        elif not workspace.has(name):
            zh = f"{name} 声明完整,但一行也未收到;请确认是确无数据还是未提供"
            en = f"{name} is declared complete, yet no row of it came in: confirm that there is none"
            yield Finding("info", "coverage_of_nothing", "coverage", "table", count, zh, en, file, row)
    query = (
        'SELECT count(*), min_by(source_file, source_row), min(source_row) FROM "coverage" '
        "WHERE period_end < period_start"
    )
    for count, file, row in workspace.con.execute(query).fetchall():
        if count:
            zh, en = f"{count} 行期间止早于期间起", f"{count} periods end before they begin"
            yield Finding("error", "coverage_contradiction", "coverage", "period_end", count, zh, en, file, row)
