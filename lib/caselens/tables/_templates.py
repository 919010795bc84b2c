"""Empty forms for whoever delivers data: a CSV a table, one workbook of all, and a README that explains the columns."""

from __future__ import annotations

from pathlib import Path

from caselens.core.errors import UsageError
from caselens.core.text import LANGUAGES, Language, Text
from caselens.tables import TABLES, Column, Table, code_label
from caselens.tables._declare import KINDS

README = "README.txt"
WORKBOOK = "templates.xlsx"

_ABOUT = Text(
    "填写说明\n"
    "每张表一个 CSV 文件（UTF-8），或使用 templates.xlsx 中同名工作表，二者内容相同，任选其一。用不到的表可以不交。\n"
    "第一行为列名，请勿改动；可在右侧增加列，多出的列原样保留。标 * 的列必填。\n"
    "账号、身份证号等长数字请按文本填写：用表格软件直接打开 CSV 会丢失末位数字，建议使用 templates.xlsx。\n",
    "How to fill in the tables\n"
    "One CSV file a table (UTF-8), or the sheet of the same name in templates.xlsx: the same content, use either. "
    "Tables you have no use for may be left out.\n"
    "The first row holds the column names and must stay as it is; columns may be added to its right and are kept. "
    "Columns marked * are required.\n"
    "Enter account and identity numbers as text: a spreadsheet that opens the CSV directly loses their last digits, "
    "so prefer templates.xlsx.\n",
)
_REQUIRED = Text("必填", "required")
_OPTIONAL = Text("可空", "may be empty")
_CODES = Text("代码：{codes}", "codes: {codes}")
_CLOSED = Text("（只能填这些）", " (no others)")
_SEVERAL = Text("可填多个，用分号隔开", "several, separated by ;")
_EMPTY = Text("空即 {code}", "empty means {code}")
_REFERS = Text("填 {tables} 表的编号", "an id of {tables}")

#: Kinds a spreadsheet must not read as numbers or dates.
_AS_TEXT = ("id", "text", "code")


def deliverable() -> tuple[Table, ...]:
    """The tables somebody can deliver: all that the workbench does not write itself."""
    return tuple(table for table in TABLES.values() if not table.written_by_workbench)


def write_templates(folder: Path) -> list[Path]:
    """Write the empty forms into ``folder`` (made if absent).

    An empty CSV for each deliverable table (UTF-8 with a byte-order mark, so that spreadsheets show Chinese; the header
    alone), ``templates.xlsx`` with a sheet a table whose header cells explain themselves in a comment and whose
    identifier columns are text, and ``README.txt`` in both languages.

    Returns:
        The files written, the CSVs first.

    Raises:
        UsageError: one of the files is there already. It may have been filled in, so nothing is written.
    """
    tables = deliverable()
    files = [folder / f"{table.id}.csv" for table in tables]
    present = [path.name for path in (*files, folder / WORKBOOK, folder / README) if path.exists()]
    if present:
        raise UsageError(f"{folder} holds {', '.join(present)} already; choose an empty folder, nothing was written")
    folder.mkdir(parents=True, exist_ok=True)
    for table, path in zip(tables, files, strict=True):
        path.write_text(",".join(column.name for column in table.columns) + "\r\n", encoding="utf-8-sig", newline="")
    _write_workbook(tables, folder / WORKBOOK)
    readme = "\n\n".join(_readme(tables, language) for language in LANGUAGES)
    (folder / README).write_text(readme, encoding="utf-8-sig", newline="\r\n")
    return [*files, folder / WORKBOOK, folder / README]


def explain(table: Table, column: Column, language: Language) -> str:
    """What a person filling in ``column`` must know: label, type, whether it is required, references, codes, range."""
    parts = [column.label.get(language), KINDS[column.kind].get(language)]
    parts.append((_REQUIRED if column.required else _OPTIONAL).get(language))
    if column.references:
        parts.append(_REFERS.get(language).format(tables=" / ".join(column.references)))
    if column.codes:
        labels = {code: code_label(table.id, column.name, code).get(language) for code in column.codes}
        codes = (code if code == label else f"{code} {label}" for code, label in labels.items())
        told = _CODES.get(language).format(codes=", ".join(codes))
        parts.append(told + (_CLOSED.get(language) if column.closed else ""))
    if column.low is not None:
        parts.append(f"{'≥' if column.low_inclusive else '>'} {column.low:g}")
    if column.high is not None:
        parts.append(f"≤ {column.high:g}")
    if column.several:
        parts.append(_SEVERAL.get(language))
    if column.empty_means:
        parts.append(_EMPTY.get(language).format(code=column.empty_means))
    if column.note:
        parts.append(column.note.get(language))
    return ("；" if language == "zh" else "; ").join(parts)


def _readme(tables: tuple[Table, ...], language: Language) -> str:
    lines = [_ABOUT.get(language)]
    for table in tables:
        lines += [f"{table.id}  {table.label.get(language)}", table.about.get(language)]
        lines += [
            f"  {column.name}{' *' if column.required else ''}: {explain(table, column, language)}"
            for column in table.columns
        ]
        lines.append("")
    return "\n".join(lines)


def _write_workbook(tables: tuple[Table, ...], path: Path) -> None:
    # Imported here: reading the contract must not pay for a spreadsheet library.
    from openpyxl import Workbook
    from openpyxl.comments import Comment
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    book.remove(book.worksheets[0])
    for table in tables:
        sheet = book.create_sheet(table.id)
        sheet.freeze_panes = "A2"
        for number, column in enumerate(table.columns, start=1):
            cell = sheet.cell(row=1, column=number, value=column.name)
            cell.font = Font(bold=column.required)
            cell.comment = Comment("\n".join(explain(table, column, language) for language in LANGUAGES), "Caselens")
            shape = sheet.column_dimensions[get_column_letter(number)]
            shape.width = max(12, len(column.name) + 2)
            if column.kind in _AS_TEXT:
                shape.number_format = "@"
    book.save(path)
