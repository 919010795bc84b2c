"""Rows against a declaration, in one pass of the engine: typed where they are right, quarantined where they are not.

The staged relation has every column as the source gave it (text, or typed where the source was Parquet). One query
types every column and says whether the row is right as a whole; only if some row is not does a second query, over
those rows alone, put all their problems into words.

What counts as blank around a value: spaces, tabs, line ends, no-break and ideographic spaces. Identifiers and codes
lose them; text is kept as it stands. A code is written as the declaration writes it where only its case differs.
``Column.empty_means`` fills in nothing: an empty cell stays empty, and whoever reads the column knows what it stands for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from caselens.tables import Column, Table

#: How a column of the declaration is found in the source: canonical name -> (source column, its SQL type).
Found = Mapping[str, tuple[str, str]]

#: What ``_state`` of a typed row says. ``CHANGED``: right, but an amount was rounded or a time of day left out.
RIGHT, WRONG, CHANGED = 0, 1, 2
#: What the quick way of typing says of a row that it cannot judge.
DOUBTFUL = 3

_TRUE = "('true', 't', 'yes', 'y', '1', '是', '有')"
_FALSE = "('false', 'f', 'no', 'n', '0', '否', '无')"
#: Second argument of SQL's ``trim``: all that counts as blank; without one it cuts off spaces, four times as fast.
_BLANKS = ", ' ' || chr(9) || chr(10) || chr(13) || chr(160) || chr(12288)"
_DAY = r"\s*\d{4}[-/]\d{1,2}[-/]\d{1,2}"
_TIME = r"([ T]\d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)?)?\s*"
#: How a cell must be written; the engine alone would also take 1_000, epoch, 0x10 or a time zone.
_FORMS = {
    "money": r"\s*[+-]?(\d+\.?\d*|\.\d+)\s*",
    "number": r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*",
    "share": r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*",
    "integer": r"\s*[+-]?\d+(\.0*)?\s*",
    "date": _DAY + _TIME,
    "moment": _DAY + _TIME,
}
_ALLOWED = {
    "money": "not an amount; allowed: digits with at most one point, below 10^16, no separators 须为数字金额",
    "number": "not a number; allowed: digits with at most one point 须为数字",
    "share": "not a fraction; allowed: digits with at most one point, 0.10 for 10 % 须为小数",
    "integer": "not a whole number 须为整数",
    "date": "not a date; allowed: YYYY-MM-DD, years 1000 to 9999 须为日期",
    "moment": "not a moment; allowed: YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS, local time without zone 须为日期或时间",
    "boolean": "neither yes nor no; allowed: true, false, 是, 否 须为是或否",
}
#: SQL types of a Parquet column that need no reading as text first.
_NATIVE = {
    "id": ("VARCHAR",),
    "text": ("VARCHAR",),
    "code": ("VARCHAR",),
    "list": ("VARCHAR",),
    "money": ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "DECIMAL(18,2)"),
    "number": ("FLOAT", "DOUBLE", "TINYINT", "SMALLINT", "INTEGER", "BIGINT"),
    "share": ("FLOAT", "DOUBLE", "TINYINT", "SMALLINT", "INTEGER", "BIGINT"),
    "integer": ("TINYINT", "SMALLINT", "INTEGER", "BIGINT"),
    "date": ("DATE",),
    "moment": ("TIMESTAMP", "DATE"),
    "boolean": ("BOOLEAN",),
}


def quote(name: str) -> str:
    """``name`` as an SQL identifier; whatever a file calls its columns cannot leave the quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """``value`` as an SQL string."""
    return "'" + value.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class Wrong:
    """One way a cell can be wrong: the SQL condition (NULL counts as no) and the sentence.

    ``by_value``: the condition looks at the typed value alone, so the quick way of typing checks it as it is.
    """

    condition: str
    sentence: str
    by_value: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """The SQL of one column: the raw cell, its typed value, and each way to be wrong.

    ``value`` is the name of the typed value in the inner query; ``change`` the condition (or "") under which the value
    is right but says less than the cell.
    """

    column: Column
    raw: str
    typed: str
    value: str
    is_text: bool
    wrongs: tuple[Wrong, ...]
    change: str

    @property
    def faults(self) -> list[str]:
        """Conditions under which a cell that is plain is wrong."""
        empty = [f"{self.raw} IS NULL"] if self.column.required else []
        return [*(wrong.condition for wrong in self.wrongs if wrong.by_value), *empty]

    @property
    def doubts(self) -> list[str]:
        """Conditions under which the quick way must not judge a cell: all that is not plain.

        Cheap comparisons in place of patterns; each is true wherever the pattern would fail or a blank be cut off.
        """
        column, raw, value = self.column, self.raw, self.value
        found = []
        kind = column.kind
        if column.several:
            found.append(f"contains({raw}, ';') OR contains({raw}, '；')")
        if kind in ("id", "code") or column.several or (kind == "text" and column.required):
            # Odd blanks (tabs, wide spaces) are looked for in the file's bytes; such a file never comes here.
            found += [f"{raw} < '!'", f"suffix({raw}, ' ')"]
        elif kind == "money":
            found.append(f"NOT regexp_full_match({raw}, '-?[0-9]+(\\.[0-9]{{1,2}})?')")
        elif kind in ("number", "share", "integer"):
            found += [f"contains({raw}, '_')", f"{raw} < '!'"]
            letters = {"integer": "eExXbB."}.get(kind, "xX")
            found += [f"contains({raw}, '{letter}')" for letter in letters]
        elif kind == "date":
            found.append(f"strlen({raw}) > 10 OR {raw} < '0' OR {raw} >= ':' OR contains({raw}, ' ')")
        elif kind == "moment":
            plain = f"(strlen({raw}) = 19 AND substring({raw}, 17, 1) = ':') OR strlen({raw}) <= 10"
            found.append(f"NOT ({plain}) OR {raw} < '0' OR {raw} >= ':' OR contains({raw}, '\\')")
        return [*found, f"({value} IS NULL AND {raw} IS NOT NULL)"]

    @property
    def quick(self) -> str:
        """The typed value of a plain cell; cutting blanks off a cell that has none costs more than reading the file."""
        if self.column.kind == "code" and self.column.codes:
            return _in_case_of_list(self.column, self.raw)
        if self.column.kind in ("text", "list", "id", "code"):
            return self.raw
        return self.typed if self.column.kind == "boolean" else f"TRY_CAST({self.raw} AS {self.column.sql_type})"


def check(column: Column, source: str, source_type: str, blanks: str = _BLANKS) -> Check:
    """The SQL that types and judges ``source`` (a column of SQL type ``source_type``) as ``column``."""
    is_text = source_type not in _NATIVE[column.kind] or source_type == "VARCHAR"
    raw = quote(source)
    if source_type in ("DOUBLE", "FLOAT") and column.kind in ("id", "code", "text"):
        # A whole number that became a float beside empty cells (as pandas does) is written as a whole number again.
        whole = f"{raw} = trunc({raw}) AND abs({raw}) < 9007199254740992"
        raw = f"CASE WHEN {whole} THEN CAST(CAST({raw} AS BIGINT) AS VARCHAR) ELSE CAST({raw} AS VARCHAR) END"
    elif is_text and source_type != "VARCHAR":
        raw = f"CAST({raw} AS VARCHAR)"
    blank = f"({raw} IS NULL OR trim({raw}{blanks}) = '')" if is_text else f"({raw} IS NULL)"
    # The typed value is computed once, in an inner query, under the column's own name with a mark before it.
    value = quote(f"\x01{column.name}")
    wrongs = [*_form_wrongs(column, value, raw, blank, is_text, blanks), *_value_wrongs(column, value)]
    return Check(
        column,
        raw,
        _typed(column, raw, is_text, blanks),
        value,
        is_text,
        tuple(wrongs),
        _change(column, value, raw, is_text),
    )


def _in_case_of_list(column: Column, text: str) -> str:
    codes = ", ".join(literal(code) for code in column.codes)
    return f"CASE WHEN lower({text}) IN ({codes}) THEN lower({text}) ELSE {text} END"


def _typed(column: Column, raw: str, is_text: bool, blanks: str) -> str:
    trimmed = f"NULLIF(trim({raw}{blanks}), '')"
    if column.several:
        each = f"trim(x{blanks})"
        each = _in_case_of_list(column, each) if column.codes else each
        parts = f"list_transform(string_split(replace({raw}, '；', ';'), ';'), lambda x: {each})"
        return f"NULLIF(array_to_string(list_filter({parts}, lambda x: x <> ''), ';'), '')"
    if column.kind in ("text", "list"):
        return f"NULLIF({raw}, '')"
    if column.kind in ("id", "code"):
        return _in_case_of_list(column, trimmed) if column.codes else trimmed
    if column.kind == "boolean" and is_text:
        word = f"lower(trim({raw}{blanks}))"
        return f"CASE WHEN {word} IN {_TRUE} THEN true WHEN {word} IN {_FALSE} THEN false END"
    cell = f"trim({raw}{blanks})" if is_text else raw
    return f"TRY_CAST({cell} AS {column.sql_type})"


def _form_wrongs(column: Column, value: str, raw: str, blank: str, is_text: bool, blanks: str) -> list[Wrong]:
    wrongs = []
    if column.required:
        empty = f"({blank} OR {value} IS NULL)" if column.several else blank
        wrongs.append(Wrong(empty, "empty, but required 必填为空"))
    if column.kind in _ALLOWED:
        malformed = f"{value} IS NULL"
        if is_text and column.kind in _FORMS:
            cell = f"trim({raw}{blanks})"
            malformed = f"({malformed} OR NOT regexp_full_match({cell}, {literal(_FORMS[column.kind])}))"
        wrongs.append(Wrong(f"({malformed} AND NOT {blank})", _ALLOWED[column.kind]))
    return wrongs


def _value_wrongs(column: Column, value: str) -> list[Wrong]:
    wrongs = []
    if column.kind in ("number", "share"):
        wrongs.append(Wrong(f"NOT isfinite({value})", "not a finite number 须为有限数", True))
    if column.kind in ("date", "moment"):
        # 9999-12-31 itself is right: registers write it for “without end”.
        bounds = f"{value} < TIMESTAMP '1000-01-01' OR {value} > TIMESTAMP '9999-12-31 23:59:59.999999'"
        wrongs.append(Wrong(f"({bounds})", "outside the years 1000 to 9999 年份不合理", True))
    if column.low is not None:
        sign, en, zh = ("<", "at least", "不小于") if column.low_inclusive else ("<=", "above", "大于")
        sentence = f"must be {en} {column.low:g} 须{zh} {column.low:g}"
        wrongs.append(Wrong(f"{value} {sign} {column.low}", sentence, True))
    if column.high is not None:
        sentence = f"must be at most {column.high:g} 须不大于 {column.high:g}"
        wrongs.append(Wrong(f"{value} > {column.high}", sentence, True))
    if column.closed:
        sentence = f"not one of {', '.join(column.codes)} 不在代码表内"
        wrongs.append(Wrong(f"{_outside(column, value)}", sentence, True))
    return wrongs


def _outside(column: Column, value: str) -> str:
    """SQL: ``value`` (one code, or several separated by ``;``) holds a code that is not in the list."""
    codes = ", ".join(literal(code) for code in column.codes)
    if column.several:
        return f"len(list_filter(string_split({value}, ';'), lambda x: x NOT IN ({codes}))) > 0"
    return f"{value} NOT IN ({codes})"


def _change(column: Column, value: str, raw: str, is_text: bool) -> str:
    """SQL: the cell says more than its typed value keeps (more than 2 decimals, a time of day in a date)."""
    if not is_text:
        return ""
    if column.kind == "money":
        return f"coalesce(regexp_matches({raw}, '\\.\\d\\d\\d*[1-9]'), false)"
    if column.kind == "date":
        return f"coalesce(strlen({raw}) > 10 AND TRY_CAST({raw} AS TIMESTAMP) <> {value}, false)"
    return ""


@dataclass(frozen=True, slots=True)
class Checks:
    """All checks of one table for one source; ``extras`` maps further source columns to the names they are kept under."""

    table: Table
    checks: tuple[Check, ...]
    extras: Mapping[str, str]

    @classmethod
    def of(cls, table: Table, found: Found, extras: Mapping[str, str], plain: bool = False) -> Checks:
        """The checks for the declared columns that the source has; ``extras`` are kept as text.

        ``plain``: there is no blank but the space in the source.
        """
        blanks = "" if plain else _BLANKS
        return cls(table, tuple(check(table[name], *found[name], blanks) for name in found), extras)

    def typed(self, relation: str, *, more: str = "") -> str:
        """A query over ``relation`` giving every row typed, under the canonical names, in the order of the source.

        ``_state`` is ``RIGHT``, ``WRONG`` or ``CHANGED``; ``more`` are further columns to pass through (``source_row``).
        """
        wrong = " OR ".join(wrong.condition for item in self.checks for wrong in item.wrongs) or "false"
        changed = " OR ".join(item.change for item in self.checks if item.change) or "false"
        state = f"CASE WHEN {wrong} THEN {WRONG} WHEN {changed} THEN {CHANGED} ELSE {RIGHT} END"
        return self._select(relation, [item.typed for item in self.checks], state, more)

    def typed_if_plain(self, relation: str) -> str:
        """As :meth:`typed` where every cell is plain: no outer blanks, nothing that might be read in two ways.

        A row that is not plain has ``_state`` ``DOUBTFUL``, and the file must go through :meth:`typed`. Leaving trims
        and patterns out halves the time, and nearly every large file is plain.
        """
        doubts = " OR ".join(doubt for item in self.checks for doubt in item.doubts) or "false"
        faults = " OR ".join(fault for item in self.checks for fault in item.faults) or "false"
        state = f"CASE WHEN {doubts} THEN {DOUBTFUL} WHEN {faults} THEN {WRONG} ELSE {RIGHT} END"
        return self._select(relation, [item.quick for item in self.checks], state, "")

    def _select(self, relation: str, values: list[str], state: str, more: str) -> str:
        inner = [f"{value} AS {item.value}" for value, item in zip(values, self.checks, strict=True)]
        outer = [f"{item.value} AS {quote(item.column.name)}" for item in self.checks]
        outer += [f"CAST({quote(source)} AS VARCHAR) AS {quote(name)}" for source, name in self.extras.items()]
        outer += [more] if more else []
        return f"SELECT {', '.join(outer)}, {state} AS _state FROM (SELECT *, {', '.join(inner)} FROM {relation})"

    def reasons(self, relation: str, row: str, sheet: str) -> str:
        """A query giving the place of each row of ``relation``, all that is wrong with it and its raw cells, as JSON."""
        inner = [f"{item.typed} AS {item.value}" for item in self.checks]
        sentences = [
            f"CASE WHEN {wrong.condition} THEN {literal(f'{item.column.name} {item.column.label.zh}')} || "
            f"coalesce(' = ' || chr(39) || left({_as_text(item)}, 60) || chr(39), '') || "
            f"{literal(': ' + wrong.sentence)} END"
            for item in self.checks
            for wrong in item.wrongs
        ]
        cells = [f"{literal(item.column.name)}, {_as_text(item)}" for item in self.checks]
        cells += [f"{literal(name)}, CAST({quote(source)} AS VARCHAR)" for source, name in self.extras.items()]
        return (
            f"SELECT {row} AS source_row, {sheet} AS source_sheet, "
            f"CAST(to_json(list_filter([{', '.join(sentences)}], lambda x: x IS NOT NULL)) AS VARCHAR) AS reasons, "
            f"CAST(json_object({', '.join(cells)}) AS VARCHAR) AS raw "
            f"FROM (SELECT *, {', '.join(inner)} FROM {relation})"
        )

    def unknown_codes(self, relation: str) -> str:
        """A query counting the codes outside each open code list of the typed ``relation``: name, code, cells."""
        return " UNION ALL ".join(
            unknown_codes(item.column, relation) for item in self.checks if item.column.codes and not item.column.closed
        )


def unknown_codes(column: Column, relation: str, more: str = "") -> str:
    """A query counting the codes of ``column`` in ``relation`` that its list does not have."""
    cell = quote(column.name)
    codes = ", ".join(literal(code) for code in column.codes)
    each = f"unnest(string_split({cell}, ';'))" if column.several else cell
    one = f"SELECT {each} AS code{more and ', *'} FROM {relation} WHERE coalesce({_outside(column, cell)}, false)"
    return (
        f"SELECT {literal(column.name)} AS name, code, count(*) AS cells{more} FROM ({one}) "
        f"WHERE code NOT IN ({codes}) GROUP BY ALL"
    )


def _as_text(item: Check) -> str:
    return item.raw if item.is_text else f"CAST({item.raw} AS VARCHAR)"
