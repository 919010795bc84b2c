"""Rows against a declaration, in one pass of the engine: typed where they are right, quarantined where they are not.

The staged relation has every column as the source gave it (text, or typed where the source was Parquet). One query
types every column and says whether the row is right as a whole; only if some row is not does a second query, over
those rows alone, put all their problems into words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from caselens.tables import Column, Table

#: How a column of the declaration is found in the source: canonical name -> (source column, its SQL type).
Found = Mapping[str, tuple[str, str]]

#: What ``_state`` of a typed row says.
RIGHT, WRONG, ROUNDED = 0, 1, 2

_TRUE = "('true', 't', 'yes', 'y', '1', '是', '有')"
_FALSE = "('false', 'f', 'no', 'n', '0', '否', '无')"


def quote(name: str) -> str:
    """``name`` as an SQL identifier; whatever a file calls its columns cannot leave the quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """``value`` as an SQL string."""
    return "'" + value.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class Check:
    """The SQL of one column: its typed value, whether the raw cell is blank, and each way to be wrong."""

    column: Column
    raw: str
    blank: str
    typed: str
    is_text: bool
    #: (condition under which it is wrong, sentence); conditions are never NULL.
    wrongs: tuple[tuple[str, str], ...]


def _typed(column: Column, raw: str, is_text: bool) -> str:
    if column.kind in ("text", "list"):
        return f"NULLIF({raw}, '')" if is_text else f"CAST({raw} AS VARCHAR)"
    if column.kind == "id":
        return f"NULLIF(trim({raw}), '')" if is_text else f"CAST({raw} AS VARCHAR)"
    if column.kind == "code":
        text = f"NULLIF(trim({raw}), '')" if is_text else f"CAST({raw} AS VARCHAR)"
        return f"lower({text})" if column.codes else text
    if column.kind == "boolean" and is_text:
        return f"CASE WHEN lower(trim({raw})) IN {_TRUE} THEN true WHEN lower(trim({raw})) IN {_FALSE} THEN false END"
    return f"TRY_CAST({raw} AS {column.sql_type})"


def _wrongs(column: Column, value: str, raw: str, blank: str, is_text: bool) -> list[tuple[str, str]]:
    """Each way the value can be wrong, over the typed ``value``."""
    wrongs: list[tuple[str, str]] = []
    allowed = {
        "money": "not an amount (allowed: digits with at most one point, no separators 须为数字金额)",
        "number": "not a number 须为数字",
        "share": "not a fraction (0.10 = 10 % 须为小数)",
        "integer": "not a whole number 须为整数",
        "date": "not a date (allowed: YYYY-MM-DD 须为日期)",
        "moment": "not a date or moment (allowed: YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS 须为日期时间)",
        "boolean": "neither yes nor no (allowed: true, false 须为是或否)",
    }
    if column.required:
        wrongs.append((f"({blank})", "empty, but required 必填为空"))
    if column.kind in allowed:
        wrongs.append((f"({value} IS NULL AND NOT ({blank}))", allowed[column.kind]))
    if column.kind in ("number", "share"):
        wrongs.append((f"coalesce(NOT isfinite({value}), false)", "not a finite number 须为有限数"))
    if column.kind == "integer" and is_text:
        wrongs.append((f"coalesce(TRY_CAST({raw} AS DOUBLE) <> {value}, false)", "not a whole number 须为整数"))
    if column.low is not None:
        sign, word = ("<", "below") if column.low_inclusive else ("<=", "not above")
        wrongs.append((f"coalesce({value} {sign} {column.low}, false)", f"{word} {column.low:g} 低于允许的下限"))
    if column.high is not None:
        wrongs.append((f"coalesce({value} > {column.high}, false)", f"above {column.high:g} 高于允许的上限"))
    if column.closed:
        codes = ", ".join(literal(code) for code in column.codes)
        wrongs.append(
            (f"coalesce({value} NOT IN ({codes}), false)", f"not one of {', '.join(column.codes)} 不在代码表内")
        )
    return wrongs


def check(column: Column, source: str, source_type: str) -> Check:
    """The SQL that types and judges ``source`` as ``column``."""
    raw = quote(source)
    is_text = source_type == "VARCHAR"
    blank = f"{raw} IS NULL OR trim({raw}) = ''" if is_text else f"{raw} IS NULL"
    # The typed value is computed once, in an inner query, under the column's own name with a mark before it.
    value = quote(f"\x01{column.name}")
    return Check(
        column, raw, blank, _typed(column, raw, is_text), is_text, tuple(_wrongs(column, value, raw, blank, is_text))
    )


@dataclass(frozen=True, slots=True)
class Checks:
    """All checks of one table for one source."""

    table: Table
    checks: tuple[Check, ...]
    extras: Mapping[str, str]

    @classmethod
    def of(cls, table: Table, found: Found, extras: Mapping[str, str]) -> Checks:
        """The checks for the declared columns that the source has; ``extras`` are kept as text under their new names."""
        return cls(table, tuple(check(table[name], *found[name]) for name in found), extras)

    def typed(self, relation: str, *, more: str = "") -> str:
        """A query over ``relation`` giving every row typed, under the canonical names, in the order of the source.

        ``_state`` is ``RIGHT``, ``WRONG``, or ``ROUNDED`` (right, but money had more than 2 decimals and was rounded).
        ``more`` are further columns of the relation to pass through (``source_row``).
        """
        wrong = " OR ".join(condition for item in self.checks for condition, _ in item.wrongs) or "false"
        state = f"CASE WHEN {wrong} THEN {WRONG} WHEN {self._excess()} THEN {ROUNDED} ELSE {RIGHT} END"
        return self._select(relation, [item.typed for item in self.checks], state, more)

    def typed_if_plain(self, relation: str) -> str:
        """As :meth:`typed` where every cell is plain: no outer blanks, nothing wrong, nothing rounded.

        A row that is not plain has ``_state`` ``WRONG``, and the file must go through :meth:`typed`. Leaving the trims
        out halves the time, and nearly every large file is plain.
        """
        values, doubts = [], [self._excess()]
        for item in self.checks:
            column, value = item.column, quote(f"\x01{item.column.name}")
            as_is = column.kind in ("text", "list", "id", "code")
            text = f"lower({item.raw})" if column.kind == "code" and column.codes else item.raw
            values.append(text if as_is else item.typed)
            if column.kind in ("id", "code"):
                doubts.append(
                    f"coalesce(prefix({item.raw}, ' ') OR suffix({item.raw}, ' ') OR suffix({item.raw}, chr(9)), false)"
                )
            if column.required:
                doubts.append(f"{value} IS NULL")
            elif not as_is:
                doubts.append(f"({value} IS NULL AND {item.raw} IS NOT NULL)")
            doubts += [condition for condition, _ in item.wrongs if not condition.startswith("(")]
        state = f"CASE WHEN {' OR '.join(doubts)} THEN {WRONG} ELSE {RIGHT} END"
        return self._select(relation, values, state, "")

    def _excess(self) -> str:
        """SQL: some amount may have more than 2 decimals (trailing zeros are told apart later, if ever)."""
        cells = [
            f"coalesce({c.raw} LIKE '%.___%', false)" for c in self.checks if c.column.kind == "money" and c.is_text
        ]
        return " OR ".join(cells) or "false"

    def _select(self, relation: str, values: list[str], state: str, more: str) -> str:
        marked = [quote(f"\x01{item.column.name}") for item in self.checks]
        inner = [f"{value} AS {name}" for value, name in zip(values, marked, strict=True)]
        outer = [f"{name} AS {quote(item.column.name)}" for item, name in zip(self.checks, marked, strict=True)]
        outer += [f"CAST({quote(source)} AS VARCHAR) AS {quote(name)}" for source, name in self.extras.items()]
        outer += [more] if more else []
        return f"SELECT {', '.join(outer)}, {state} AS _state FROM (SELECT *, {', '.join(inner)} FROM {relation})"

    def reasons(self, relation: str, row: str, sheet: str) -> str:
        """A query giving the place of each row of ``relation``, all that is wrong with it and its raw cells, as JSON."""
        inner = [f"{item.typed} AS {quote(chr(1) + item.column.name)}" for item in self.checks]
        sentences = [
            f"CASE WHEN {condition} THEN {literal(item.column.name + ': ')} || "
            f"coalesce({literal(chr(39))} || left(CAST({item.raw} AS VARCHAR), 60) || {literal(chr(39) + ' ')}, '') || "
            f"{literal(sentence)} END"
            for item in self.checks
            for condition, sentence in item.wrongs
        ]
        cells = [f"{literal(item.column.name)}, CAST({item.raw} AS VARCHAR)" for item in self.checks]
        cells += [f"{literal(name)}, CAST({quote(source)} AS VARCHAR)" for source, name in self.extras.items()]
        return (
            f"SELECT {row} AS source_row, {sheet} AS source_sheet, "
            f"CAST(to_json(list_filter([{', '.join(sentences)}], lambda x: x IS NOT NULL)) AS VARCHAR) AS reasons, "
            f"CAST(json_object({', '.join(cells)}) AS VARCHAR) AS raw "
            f"FROM (SELECT *, {', '.join(inner)} FROM {relation})"
        )

    def unknown_codes(self, relation: str) -> str:
        """A query counting the codes outside each open code list of the typed ``relation``."""
        parts = [
            f"SELECT {literal(item.column.name)} AS name, {quote(item.column.name)} AS code, count(*) AS cells "
            f"FROM {relation} WHERE {quote(item.column.name)} NOT IN "
            f"({', '.join(literal(code) for code in item.column.codes)}) GROUP BY ALL"
            for item in self.checks
            if item.column.codes and not item.column.closed
        ]
        return " UNION ALL ".join(parts)
