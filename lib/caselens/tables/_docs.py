"""The data dictionary, printed from the declarations: ``python -m caselens.tables._docs --write`` (or ``--check``)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from caselens.core.text import LANGUAGES, Language, Text
from caselens.tables import TABLES, Column, Edge, Table, code_label
from caselens.tables._declare import GROUPS, KINDS
from caselens.tables.lifecycles import LIFECYCLES, Lifecycle

#: Where the committed pages live in a checkout.
FOLDER = Path(__file__).resolve().parents[3] / "docs"
PAGES: dict[Language, str] = {"en": "tables.md", "zh": "tables.zh.md"}

_GENERATED = Text(
    "<!-- 本页由 lib/caselens/tables 中的声明生成（python -m caselens.tables._docs --write），请勿手工修改。 -->",
    "<!-- Generated from the declarations in lib/caselens/tables (python -m caselens.tables._docs --write). "
    "Do not edit. -->",
)
_TITLE = Text("数据表说明", "The tables")
_INTRO = Text(
    "每张表均可缺省；缺少所需的表或列时，报告写明“无法评估”，不等于“未发现问题”。"
    "标 * 的列必填；代码列表为“封闭”的，列表外的代码整行隔离；为“开放”的，列表外的代码保留、计数并提示。"
    "每条数据另带 source_file、source_sheet、source_row 三列，指明来源文件、工作表和行号。",
    "Every table is optional; what lacks a table or column is reported as not assessable, which never means that "
    "nothing was found. Columns marked * are required. A code outside a closed list quarantines the row; outside an "
    "open list it is kept, counted and told. Every row also carries source_file, source_sheet and source_row: the "
    "file, sheet and row it came from.",
)
_HEAD = Text(
    "| 列 | 中文名 | 英文名 | 类型 | 单位 | 引用 | 代码与取值 | 说明 |",
    "| column | Chinese label | English label | kind | unit | refers to | codes and range | note |",
)
_KEY = Text("主键", "Key")
_EDGES = Text("关系图中的边", "Edges in the graph")
_NODE = Text("关系图中的节点类型", "Node in the graph")
_WORKBENCH = Text("由工作台写入，无需提供。", "Written by the workbench; nobody delivers it.")
_CLOSED = Text("封闭", "closed")
_OPEN = Text("开放", "open")
_SEVERAL = Text("可填多个，用分号隔开", "several, separated by ;")
_EMPTY = Text("空 = {code}", "empty = {code}")
_KIND_HEAD = Text("| 类型 | 含义 |", "| kind | meaning |")
_LIFE = Text("项目流程", "Lifecycles of projects")
_LIFE_INTRO = Text(
    "环节之间的先后关系；“须先有”为直接前提。可选环节缺失本身不说明问题，随时发生的环节不参与排序。",
    "Which stage presupposes which; only direct presuppositions are listed. The absence of an optional stage says "
    "nothing by itself; stages that may fall anywhere take no part in the order.",
)
_LIFE_HEAD = Text(
    "| 环节 | 中文名 | 英文名 | 须先有 | 说明 |", "| stage | Chinese label | English label | presupposes | |"
)
_OPTIONAL = Text("可选", "optional")
_ANYWHERE = Text("随时", "anywhere")


def render(language: Language) -> str:
    """The whole page in ``language``: every group, table and column, then the lifecycles, as Markdown."""
    lines = [_GENERATED.get(language), "", f"# {_TITLE.get(language)}", "", _INTRO.get(language), ""]
    lines += [_KIND_HEAD.get(language), "| --- | --- |"]
    lines += [f"| `{kind}` | {_cell(text.get(language))} |" for kind, text in KINDS.items()]
    for group, title in GROUPS.items():
        lines += ["", f"## {title.get(language)}"]
        for table in TABLES.values():
            if table.group == group:
                lines += ["", *_table(table, language)]
    lines += ["", f"## {_LIFE.get(language)}", "", _LIFE_INTRO.get(language)]
    for lifecycle in LIFECYCLES.values():
        lines += ["", *_lifecycle(lifecycle, language)]
    return "\n".join(lines) + "\n"


def out_of_step(folder: Path = FOLDER) -> list[Path]:
    """The committed pages in ``folder`` that are absent or differ from the declarations; empty when all agree."""
    stale = []
    for language in LANGUAGES:
        page = folder / PAGES[language]
        if not page.is_file() or page.read_text(encoding="utf-8") != render(language):
            stale.append(page)
    return stale


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages or check them. Returns 0, or 1 when ``--check`` finds a page out of step."""
    parser = argparse.ArgumentParser(prog="python -m caselens.tables._docs", description=__doc__)
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--write", action="store_true", help="write docs/tables.md and docs/tables.zh.md (the default)")
    action.add_argument("--check", action="store_true", help="exit with 1 when a page is out of step")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="folder of the pages (default: docs)")
    options = parser.parse_args(arguments)
    if not options.check:
        options.folder.mkdir(parents=True, exist_ok=True)
        for language, name in PAGES.items():
            (options.folder / name).write_text(render(language), encoding="utf-8", newline="\n")
        return 0
    stale = out_of_step(options.folder)
    for page in stale:
        sys.stderr.write(f"{page.name} is out of step with the declarations; run the same command with --write\n")
    return 1 if stale else 0


def _table(table: Table, language: Language) -> list[str]:
    lines = [f"### `{table.id}` {table.label.zh} · {table.label.en}", "", table.about.get(language)]
    if table.written_by_workbench:
        lines[-1] += " " + _WORKBENCH.get(language)
    lines += ["", f"{_KEY.get(language)}: {_names(table.key)}"]
    lines += ["", _HEAD.get(language), "| --- | --- | --- | --- | --- | --- | --- | --- |"]
    lines += [_column(table, column, language) for column in table.columns]
    if table.node:
        lines += ["", f"{_NODE.get(language)}: `{table.node}`"]
    if table.edges:
        lines += ["", f"{_EDGES.get(language)}: " + "; ".join(_edge(edge, language) for edge in table.edges)]
    return lines


def _column(table: Table, column: Column, language: Language) -> str:
    allowed = []
    if column.codes:
        codes = (f"`{code}` {code_label(table.id, column.name, code).get(language)}" for code in column.codes)
        allowed.append(f"{(_CLOSED if column.closed else _OPEN).get(language)}: {', '.join(codes)}")
    if column.low is not None:
        allowed.append(f"{'≥' if column.low_inclusive else '>'} {column.low:g}")
    if column.high is not None:
        allowed.append(f"≤ {column.high:g}")
    if column.several:
        allowed.append(_SEVERAL.get(language))
    if column.empty_means:
        allowed.append(_EMPTY.get(language).format(code=f"`{column.empty_means}`"))
    cells = (
        f"`{column.name}`{' *' if column.required else ''}",
        column.label.zh,
        column.label.en,
        column.kind,
        column.unit,
        _names(column.references),
        "; ".join(allowed),
        column.note.get(language) if column.note else "",
    )
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _edge(edge: Edge, language: Language) -> str:
    arrow = "→" if edge.directed else "—"
    return f"`{edge.source}` {arrow} `{edge.target}` `{edge.kind}` ({edge.label.get(language)})"


def _lifecycle(lifecycle: Lifecycle, language: Language) -> list[str]:
    lines = [f"### `{lifecycle.id}` {lifecycle.title.zh} · {lifecycle.title.en}", ""]
    lines += [_LIFE_HEAD.get(language), "| --- | --- | --- | --- | --- |"]
    for stage in lifecycle.stages:
        note = "" if stage.ordered else _ANYWHERE.get(language)
        note = _OPTIONAL.get(language) if stage.optional else note
        lines.append(f"| `{stage.id}` | {stage.label.zh} | {stage.label.en} | {_names(stage.after)} | {note} |")
    for variant in lifecycle.variants:
        changes = "; ".join(f"`{stage}`: {_names(after)}" for stage, after in variant.after)
        lines += ["", f"`delivery = {variant.delivery}` ({variant.label.get(language)}): {changes}"]
    return [*lines, "", *(f"- {reference.get(language)}" for reference in lifecycle.references)]


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    raise SystemExit(main())
