"""How a table is declared: columns with type, unit, codes and references; a key; the edges it draws in a graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from caselens.core.text import Text

#: What a column holds. ``money`` is ``DECIMAL(18,2)`` yuan; ``number`` a double; ``share`` a fraction (0.10 = 10 %);
#: ``list`` is a JSON list as text, written by the workbench only; ``months`` and other units are said in ``unit``.
Kind = Literal["id", "text", "code", "money", "number", "share", "integer", "date", "moment", "boolean", "list"]

#: The type each kind is stored in (DuckDB and ibis read both from this).
SQL_TYPES: dict[str, str] = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "code": "VARCHAR",
    "money": "DECIMAL(18,2)",
    "number": "DOUBLE",
    "share": "DOUBLE",
    "integer": "BIGINT",
    "date": "DATE",
    "moment": "TIMESTAMP",
    "boolean": "BOOLEAN",
    "list": "VARCHAR",
}

#: What each kind means to somebody who fills in a table.
KINDS: dict[str, Text] = {
    "id": Text("编号，按文本填写", "an identifier, as text"),
    "text": Text("文本", "text"),
    "code": Text("代码", "a code"),
    "money": Text("金额，元，两位小数", "an amount in yuan with 2 places (in the row's currency where one is given)"),
    "number": Text("数值", "a number"),
    "share": Text("比例，用小数表示（0.10 即 10%）", "a fraction (0.10 = 10 %)"),
    "integer": Text("整数", "a whole number"),
    "date": Text("日期，如 2024-05-31", "a date, as 2024-05-31"),
    "moment": Text("时间，如 2024-05-31 09:30:00，只有日期亦可", "a moment, as 2024-05-31 09:30:00; a date will do"),
    "boolean": Text("是否，填 true 或 false", "true or false"),
    "list": Text("JSON 列表", "a JSON list"),
}

#: The headings of the data dictionary.
GROUPS: dict[str, Text] = {
    "who": Text("人员、单位与关系", "Who is who"),
    "money": Text("资金", "Money"),
    "procurement": Text("项目与采购", "Projects and procurement"),
    "decisions": Text("决策与待遇", "Decisions and benefits"),
    "cases": Text("案件、线索与整改", "Cases, leads and rectification"),
    "workbench": Text("工作台写入", "Written by the workbench"),
}

#: Columns that every row read from a file carries beside the declared ones.
ORIGIN: tuple[str, ...] = ("source_file", "source_sheet", "source_row")


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: ``snake_case``, the field's standard term.
        kind: what it holds (see ``Kind``).
        label: what a report calls it.
        required: an empty cell quarantines the row.
        references: names of the tables whose key it may hold; the first that has the key is meant.
        codes: the known codes. A code outside a ``closed`` list quarantines the row; outside an open one it is kept,
            counted and told.
        several: a cell may hold several values separated by ``;``; each is checked by itself.
        empty_means: the code an empty cell stands for (``CNY``, ``record``); "" where empty says nothing.
        low, low_inclusive: smallest value allowed for numbers.
        high: largest value allowed for numbers, inclusive.
        unit: unit of a number (``CNY``, ``months``, ``m2`` …); money is always ``CNY`` unless ``currency`` says other.
        note: what a person filling in the template should know.
    """

    name: str
    kind: Kind
    label: Text
    required: bool = False
    references: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    closed: bool = False
    several: bool = False
    empty_means: str = ""
    low: float | None = None
    low_inclusive: bool = True
    high: float | None = None
    unit: str = ""
    note: Text | None = None

    @property
    def sql_type(self) -> str:
        """The SQL type the column is stored in."""
        return SQL_TYPES[self.kind]


@dataclass(frozen=True, slots=True)
class Edge:
    """A row of the table read as an edge ``source → target`` of the graph.

    Both ends name columns that hold a reference or the table's own one-column key. A row in which either end is empty
    draws no edge.

    Attributes:
        source, target: names of the columns.
        label: what a picture writes on the edge, read from source to target.
        kind: stable English name of the edge in the graph (``owns``); unique within a table.
        directed: ``False`` where the relation holds both ways (kin, a meeting): it may be walked from either end.
    """

    source: str
    target: str
    label: Text
    kind: str = ""
    directed: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """One canonical table.

    Attributes:
        id: its name.
        label: what a report calls it.
        group: heading of the data dictionary it stands under (a key of ``GROUPS``).
        about: one row is what?
        key: columns that identify a row; an empty value in an optional key column is a value of its own.
        columns: in the order of template and export.
        edges: how a row is read as an edge.
        node: the kind of node a row is in the graph (``person``, ``organization``, ``account``, ``tender`` …), or "".
        written_by_workbench: nobody delivers it; it has no template.
    """

    id: str
    label: Text
    group: str
    about: Text
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    edges: tuple[Edge, ...] = ()
    node: str = ""
    written_by_workbench: bool = False

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        known = set(names)
        if len(names) != len(known):
            raise ValueError(f"table {self.id}: a column is declared twice")
        for name in (*self.key, *(end for edge in self.edges for end in (edge.source, edge.target))):
            if name not in known:
                raise ValueError(f"table {self.id}: key or edge names {name!r}, which is no column of it")
        if self.group not in GROUPS:
            raise ValueError(f"table {self.id}: group {self.group!r} is none of {', '.join(GROUPS)}")
        if known & set(ORIGIN) and self.id not in ("sources", "quarantine"):
            raise ValueError(f"table {self.id}: {ORIGIN} are added to every table and cannot be declared")

    def __getitem__(self, name: str) -> Column:
        """The column called ``name``; a ``KeyError`` lists the columns there are."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"table {self.id} has no column {name!r}; it has {', '.join(c.name for c in self.columns)}")

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the required columns."""
        return tuple(column.name for column in self.columns if column.required)
