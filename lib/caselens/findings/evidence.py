"""From an evidence row (table and key) to the file, sheet and row it was read from, and what stands there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa

from caselens.core.text import LANGUAGES, Language, Text
from caselens.entities.identity import row_key
from caselens.tables import TABLES, code_label
from caselens.tables._declare import ORIGIN, Column
from caselens.workspace import Workspace, united

_YES_NO = {True: Text("是", "yes"), False: Text("否", "no")}
COLUMNS = ["table", "key", *ORIGIN, "text_zh", "text_en"]


#: How a cell is written instead: ``(table, column, value, language)`` → text, or None for "as usual".
Written = Callable[[str, Column, Any, Language], str | None]


def locate(
    workspace: Workspace,
    rows: Iterable[tuple[str, str]],
    names: Mapping[str, str] | None = None,
    *,
    written: Written | None = None,
    languages: Iterable[Language] = LANGUAGES,
) -> pd.DataFrame:
    """Where each evidence row stands: ``table, key, source_file, source_sheet, source_row, text_zh, text_en``.

    ``names`` says what parties and accounts are called: their ids are then written with the name before them.
    ``written`` writes cells differently (a redacted edition); a language that is not among ``languages`` stays empty.
    A row that cannot be found keeps its table and key with an empty place, so that the reader sees it is missing.
    """
    wanted = pd.DataFrame(sorted(set(rows)), columns=["table", "key"])
    parts = [
        _of_table(workspace, table, list(group["key"]), names or {}, written, tuple(languages))
        for table, group in wanted.groupby("table", sort=True)
    ]
    found = pd.concat(parts) if parts else pd.DataFrame(columns=COLUMNS)
    return wanted.merge(found, on=["table", "key"], how="left").reindex(columns=COLUMNS)


def with_statement_lines(workspace: Workspace, evidence: pd.DataFrame) -> pd.DataFrame:
    """``evidence`` (``lead, table, key, role``) with the statement lines of each payment that was derived from them.

    Such a payment stands in no file: its lines do.
    """
    paid = evidence[evidence["table"] == "payments"]
    lines = united.lines_of(workspace.catalog) if len(paid) else ""
    if not lines:
        return evidence
    wanted = pa.table({"key": pa.array(paid["key"].drop_duplicates(), pa.string())})
    with workspace.con.cursor() as cursor:
        cursor.register("wanted_payments", wanted)
        found = cursor.execute(
            f"SELECT payment_id, line_id FROM ({lines}) JOIN wanted_payments ON payment_id = key ORDER BY ALL"
        ).df()
    added = paid.merge(found, left_on="key", right_on="payment_id").assign(table="statement_lines")
    added = added.drop(columns=["key", "payment_id"]).rename(columns={"line_id": "key"})
    both = pd.concat([evidence, added[evidence.columns]], ignore_index=True) if len(added) else evidence
    return both.drop_duplicates(["lead", "table", "key"], ignore_index=True)


def _of_table(
    workspace: Workspace,
    table: str,
    keys: list[str],
    names: Mapping[str, str],
    written: Written | None,
    languages: tuple[Language, ...],
) -> pd.DataFrame:
    expression = workspace.table(table)
    keyed = expression.mutate(_key=row_key(expression, table))
    wanted = ibis.memtable(pd.DataFrame({"_wanted": keys}))
    frame = keyed.semi_join(wanted, [("_key", "_wanted")]).execute()
    texts = {
        f"text_{language}": [_text(table, row, language, names, written) for row in frame.to_dict("records")]
        for language in languages
    }
    return pd.DataFrame({"table": table, "key": frame["_key"], **{n: frame[n] for n in ORIGIN}, **texts})


def _text(
    table: str, row: dict[str, object], language: Language, names: Mapping[str, str], written: Written | None
) -> str:
    """The cells that hold something, each with its label, as a person reads them."""
    cells = []
    for column in TABLES[table].columns:
        value = row.get(column.name)
        if value is None or value is pd.NaT or (isinstance(value, float) and pd.isna(value)) or value == "":
            continue
        told = written(table, column, value, language) if written else None
        if told is None:
            told = _shown(table, column, value, language, names)
        cells.append(f"{column.label.get(language)} {told}")
    return ("；" if language == "zh" else "; ").join(cells)


def _shown(table: str, column: Column, value: Any, language: Language, names: Mapping[str, str]) -> str:
    """A cell: a code by its label, yes or no, money with both decimals, a midnight as its day."""
    match column.kind:
        case "code":
            codes = [code.strip() for code in (str(value).split(";") if column.several else [str(value)])]
            labels = [code_label(table, column.name, code).get(language) for code in codes if code]
            return ("、" if language == "zh" else ", ").join(labels)
        case "boolean":
            return _YES_NO[bool(value)].get(language)
        case "money":
            return f"{value:,.2f}"
        case "id" if column.references and not column.several and names.get(str(value), str(value)) != str(value):
            return f"{names[str(value)]}（{value}）" if language == "zh" else f"{names[str(value)]} ({value})"
    shown = value.isoformat(sep=" ") if isinstance(value, pd.Timestamp) else str(value)
    return shown.removesuffix(" 00:00:00")
