"""Commands about who is who."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table as RichTable

from caselens.cli._app import Format, OutFile, WorkspacePath, app, err, opened, out, shown, write
from caselens.core.errors import UsageError


@app.command()
def resolve(path: WorkspacePath) -> None:
    """Find out who is who: which rows are one party, and why. 主体归并。"""
    desk = opened(path)
    with shown():
        outcomes = desk.who.resolve()
    table = RichTable("table 表", "rows 行数", "parties 主体", "links 归并依据", "to decide 待判断")
    for item in outcomes:
        rules = ", ".join(f"{rule} {count:,}" for rule, count in item.rules.items()) or "—"
        table.add_row(item.table, f"{item.rows:,}", f"{item.entities:,}", rules, f"{item.undecided:,}")
    out.print(table)
    for item in outcomes:
        for text in item.told:
            err.print(f"[yellow]note 提示[/] {item.table}: {escape(text.en)} / {escape(text.zh)}")


@app.command()
def entities(
    path: WorkspacePath,
    kind: Format = "csv",
    links: Annotated[bool, typer.Option("--links", help="Why each row belongs to its party 归并依据")] = False,
    undecided: Annotated[bool, typer.Option("--undecided", help="Pairs to decide 待判断的记录对")] = False,
    out_file: Annotated[Path | None, typer.Option("--out", help="File; default standard output 输出文件")] = None,
) -> None:
    """List the parties, or with --links why rows were joined. 导出归并主体。"""
    if links and undecided:
        raise UsageError("say which: --links or --undecided")
    desk = opened(path)
    desk.gate.check("open")
    with shown():
        what = "entity_links" if links else "undecided" if undecided else "entities"
        frame = desk.who.listing(what)
    write(frame, out_file, kind)
    desk.workspace.store.audit.add("export", what, desk.gate.who, rows=len(frame))


@app.command()
def ftm(path: WorkspacePath, out_file: OutFile) -> None:
    """Write parties, ties, accounts and payments as FollowTheMoney entities. 导出 FollowTheMoney。"""
    from caselens.operations.ftm import entities_of
    from caselens.workspace.folder import written_beside

    desk = opened(path)
    desk.gate.check("open")
    count = 0
    with written_beside(out_file) as temporary, open(temporary, "w", encoding="utf-8") as file:
        for line in entities_of(desk.workspace):
            file.write(f"{line}\n")
            count += 1
    desk.workspace.store.audit.add("export", "ftm", desk.gate.who, rows=count)
    out.print(f"{count:,} entities → {escape(str(out_file))}")
