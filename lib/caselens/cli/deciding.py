"""Commands about what people decide: findings, parties, leads; the lead register; the dossier."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from caselens.cli._app import Format, WorkspacePath, app, err, opened, out, shown, write
from caselens.core.errors import UsageError
from caselens.core.text import LANGUAGES

Reason = Annotated[str, typer.Option(help="Why 理由")]
By = Annotated[str, typer.Option(help="Who decides; default: who runs this 决定人，默认为当前用户")]


@app.command()
def decide(
    path: WorkspacePath,
    words: Annotated[
        list[str],
        typer.Argument(
            help="Ids of findings, of a lead or of parties 编号; without --as the first word is the decision"
        ),
    ],
    reason: Reason,
    kind: Annotated[
        str,
        typer.Option(
            "--as",
            help="confirm, dismiss, clear, self_reported (findings, leads); same, different, unsure (parties); "
            "谈话函询, 初步核实, 暂存待查, 了结, 立案 (leads); undo (a decision) 决定",
        ),
    ] = "",
    by: By = "",
) -> None:
    """Write down what a person decides about findings, a lead or who is who. 人工认定、处置或归并判断。"""
    chosen, ids = (kind, words) if kind else (words[0], words[1:])
    if not ids:
        raise UsageError("say what is decided: caselens decide W ID --as KIND --reason WHY 未给出编号")
    desk = opened(path)
    with shown():
        if chosen == "undo":
            written = [desk.undo(decision, reason=reason, by=by) for decision in ids]
        else:
            written = [desk.decide(ids, chosen, reason=reason, by=by)]
    for decision in written:
        out.print(f"{decision}: written 已记录")


@app.command()
def undo(
    path: WorkspacePath,
    decisions: Annotated[list[str], typer.Argument(help="Ids of decisions 决定编号")],
    reason: Reason,
    by: By = "",
) -> None:
    """Undo decisions; they stay written, and so does the undoing. 撤销决定。"""
    desk = opened(path)
    with shown():
        written = [desk.undo(decision, reason=reason, by=by) for decision in decisions]
    for decision in written:
        out.print(f"{decision}: written 已记录")


@app.command()
def decisions(
    path: WorkspacePath,
    kind: Format = "csv",
    out_file: Annotated[Path | None, typer.Option("--out", help="File; default standard output 输出文件")] = None,
) -> None:
    """List the decisions in force, with reason, name, time and the id that undoes them. 有效决定。"""
    write(opened(path).decisions(), out_file, kind)


@app.command()
def leads(
    path: WorkspacePath,
    case: Annotated[str, typer.Option("--case", help="Only this case 案件编号")] = "",
    purpose: Annotated[str, typer.Option(help="What for; goes into the audit log 用途")] = "",
    on: Annotated[str, typer.Option("--on", help="Day against which clocks are held; default today 截至日期")] = "",
    kind: Format = "csv",
    out_file: Annotated[Path | None, typer.Option("--out", help="File; default standard output 输出文件")] = None,
) -> None:
    """List the leads: grade, reasons, weights, disposition, clock. 线索台账。"""
    desk = opened(path)
    try:
        day = datetime.strptime(on, "%Y-%m-%d").date() if on else None
    except ValueError as error:
        raise UsageError(f"--on takes a day as 2026-01-31, got {on!r}") from error
    with shown():
        register = desk.case(case, purpose=purpose).register(day) if case else desk.register(day)
    write(register.frame, out_file, kind)
    desk.workspace.store.audit.add("export", "leads", desk.gate.who, purpose, case_id=case, rows=len(register))
    if len(register.overdue):
        err.print(f"[yellow]overdue 超期[/] {len(register.overdue):,}; clocks are to be confirmed 期限均待确认")
    fresh = register.frame.loc[register.frame["new_evidence"], "lead_id"]
    if len(fresh):
        err.print(f"[yellow]new evidence on a closed matter 已了结事项出现新证据[/] {escape(', '.join(fresh))}")


@app.command()
def dossier(
    path: WorkspacePath,
    case: Annotated[str, typer.Option("--case", help="Case 案件编号")] = "",
    out_file: Annotated[Path, typer.Option("--out", help="Page to write 输出页面")] = Path("dossier.html"),
    lang: Annotated[str, typer.Option(help="zh or en")] = "zh",
    kind: Annotated[str, typer.Option("--format", help="html, csv, jsonl, parquet or xlsx 输出格式")] = "html",
    purpose: Annotated[str, typer.Option(help="What for; goes into the audit log 用途")] = "",
) -> None:
    """Write every evidence item of a case with volume and page, or file, sheet and row. 证据目录。"""
    from caselens.workspace.folder import write_atomically

    if lang not in LANGUAGES:
        raise UsageError(f"--lang takes zh or en, got {lang!r}")
    language = next(name for name in LANGUAGES if name == lang)
    desk = opened(path)
    with shown():
        opened_case = desk.case(case, purpose=purpose)
        found = opened_case.dossier()
    if kind == "html":
        write_atomically(out_file, found.page(language).encode())
        out.print(f"{len(found):,} item(s) → {escape(str(out_file))}")
    else:
        write(found.frame, out_file, kind)
    desk.workspace.store.audit.add(
        "export", "dossier", desk.gate.who, purpose, case_id=opened_case.id, items=len(found)
    )
