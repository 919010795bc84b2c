"""Commands about the material: a workspace, what is taken in, what is wrong with it, what can be assessed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table as RichTable

from caselens.cli._app import WorkspacePath, app, err, opened, out, shown


@app.command()
def new(path: WorkspacePath, title: Annotated[str, typer.Option(help="Title 名称")] = "") -> None:
    """Make an empty workspace. 新建工作区。"""
    from caselens.api import new_workspace

    new_workspace(path, title)
    out.print(f"{escape(str(path))}: ready. Next 下一步: caselens intake {escape(str(path))} FOLDER")


@app.command()
def intake(
    path: WorkspacePath,
    folder: Annotated[Path, typer.Argument(help="File or folder with the material as received 原始材料")],
    mapping: Annotated[
        Path | None, typer.Option(help="Read statements by this mapping (see caselens mapping) 列对应文件")
    ] = None,
) -> None:
    """Take in files: copied unchanged, hashed, read, every row accounted for. 接收材料。"""
    from caselens.operations.mapping import read_mapping

    desk = opened(path)
    with shown():
        taken = desk.workspace.intake(folder, read_mapping(mapping) if mapping else None)
    _show_intake(taken)
    raise typer.Exit(1 if taken.failed else 0)


@app.command()
def mapping(
    file: Annotated[Path, typer.Argument(help="A statement as received 流水文件")],
    save: Annotated[Path | None, typer.Option(help="Write the mapping to this TOML file 保存")] = None,
    use: Annotated[Path | None, typer.Option(help="Try a mapping on the file instead of recognising it 试用")] = None,
    rows: Annotated[int, typer.Option(help="Rows to show 预览行数")] = 5,
) -> None:
    """Show how a statement's columns are understood and how surely; save, edit, try again. 流水列对应。"""
    from caselens.operations.mapping import preview

    shown = preview(file, use, rows)
    out.print(escape(shown.mapping.describe().en), escape(shown.mapping.describe().zh), sep="\n")
    if shown.lines:
        table = RichTable(*shown.columns)
        for line in shown.lines:
            table.add_row(*(escape(line[name]) for name in shown.columns))
        out.print(table)
    for note in shown.notes:
        err.print(f"[yellow]note 提示[/] {escape(note.en)} / {escape(note.zh)}")
    if save is None:
        out.print(escape(shown.mapping.to_toml()))
        return
    from caselens.workspace.folder import write_atomically

    write_atomically(save, shown.mapping.to_toml().encode())
    out.print(
        f"{escape(str(save))}: edit it, then 修改后: caselens intake W {escape(str(file))} --mapping {escape(str(save))}"
    )


def _show_intake(taken: Any) -> None:
    table = RichTable(
        "file 文件", "reader 读取", "table 表", "in 行数", "accepted 接受", "quarantined 隔离", "repeated 重复"
    )
    for column in table.columns:
        column.overflow = "fold"
    for entry in taken.entries:
        if entry.refusal:
            table.add_row(escape(entry.source_file), "—", "—", "", "", "", "")
        for part in entry.tables:
            counts = (part.rows_in, part.accepted, part.quarantined, part.repeated)
            table.add_row(escape(entry.source_file), entry.reader, part.table, *(f"{count:,}" for count in counts))
    out.print(table)
    for entry in taken.entries:
        if entry.refusal:
            err.print(f"[red]refused 未读取[/] {escape(entry.refusal)}")
        for note in entry.notes:
            if note.kind == "warning":
                err.print(
                    f"[yellow]note 提示[/] {escape(entry.source_file)}: {escape(note.text.en)} / {escape(note.text.zh)}"
                )
    if taken.known:
        out.print(
            f"{len(taken.known)} file(s) were here already, byte for byte 已接收过: {escape(', '.join(taken.known[:10]))}"
        )


@app.command()
def check(path: WorkspacePath) -> None:
    """Show what is wrong with the data: quarantine, conflicts, dangling references. 数据质量。"""
    from caselens.workspace.check import check as checked

    with shown():
        found = checked(opened(path).workspace)
    for row in found.to_dict("records"):
        where = ".".join(part for part in (row["table"], row["column"]) if part)
        out.print(f"{row['severity']:<8} {escape(where)}: {escape(row['zh'])} / {escape(row['en'])}")
    if found.empty:
        out.print("nothing wrong was found in what was looked at 所查项目未见问题")
    raise typer.Exit(1 if (found["severity"] == "error").any() else 0)


@app.command()
def repair(path: WorkspacePath) -> None:
    """Make damaged files of a workspace again from the files as received. 修复损坏的工作区文件。"""
    from caselens.workspace.repair import repair as repaired

    with shown():
        again = repaired(path)
    for name in again:
        out.print(f"read again 已重新读取: {escape(name)}")
    if not again:
        out.print("every file is what was written 文件均完好")


@app.command()
def coverage(path: WorkspacePath) -> None:
    """Show what can be assessed at all, before any result. 可评估范围。"""
    table = RichTable("no", "indicator 指标", "title 名称", "lacks 缺少")
    for row in opened(path).coverage().to_dict("records"):
        lacks = f"[yellow]{escape(row['lacks'])}[/]" if row["lacks"] else "[green]—[/]"
        table.add_row(str(row["number"]), row["indicator"], f"{row['title_zh']} {row['title_en']}", lacks)
    out.print(table)


@app.command()
def templates(folder: Annotated[Path, typer.Argument(help="Folder to write 输出文件夹")]) -> None:
    """Write an empty template for every table. 输出空白模板。"""
    from caselens.tables._templates import write_templates

    written = write_templates(folder)
    out.print(f"{len(written)} file(s) → {escape(str(folder))}")


@app.command()
def sample(
    folder: Annotated[Path, typer.Argument(help="Folder to write 输出文件夹")],
    seed: Annotated[int, typer.Option(help="Same seed, same city 随机种子")] = 7,
    people: Annotated[int, typer.Option(help="Persons 人数")] = 2000,
    payments: Annotated[int, typer.Option(help="Payments 付款笔数")] = 30_000,
    kind: Annotated[str, typer.Option("--format", help="csv or parquet")] = "csv",
    plant: Annotated[bool, typer.Option(help="Plant schemes 植入案例")] = True,
) -> None:
    """Generate an invented city with planted schemes and decoys. 生成虚构城市样例。"""
    from caselens.sample import build

    build(folder, seed=seed, people=people, payments=payments, plant=plant, format=kind)
    out.print(f"{escape(str(folder))}: written 已生成 (truth.json holds the answers 为答案)")
