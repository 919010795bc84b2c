"""Commands that keep a workspace up to date: now, or again and again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table as RichTable

from caselens.cli._app import Format, WorkspacePath, app, err, languages_of, opened, out, shown

#: Findings shown on the terminal; the rest is told as a number and written with --out.
_SHOWN = 50


@app.command()
def refresh(
    path: WorkspacePath,
    folder: Annotated[
        Path | None, typer.Argument(help="Look here only; default: every folder material came from 材料文件夹")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for a refresh that is running 等待正在进行的刷新")] = False,
    reports: Annotated[bool, typer.Option(help="Run the reports of the cases affected 更新受影响案件的报告")] = True,
    reports_dir: Annotated[Path | None, typer.Option("--reports-dir", help="Folder of the reports 报告文件夹")] = None,
    lang: Annotated[str, typer.Option(help="zh, en or both")] = "both",
    jobs: Annotated[int, typer.Option(help="Reports at once 并行数")] = 2,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Write every finding's change to this file 导出")
    ] = None,
    kind: Format = "csv",
) -> None:
    """Take in what is new, compute again only what it reaches, tell what changed and why. 增量刷新。"""
    from caselens.operations.refresh import refresh as run

    languages = languages_of(lang)
    desk = opened(path)
    target = (reports_dir or Path("reports") / desk.name) if reports else None
    with shown():
        done = run(desk, folder, wait=wait, reports=target, languages=languages, jobs=jobs)
    _tell_files(done)
    _tell_changes(done)
    if out_file is not None:
        from caselens.operations.exports import export

        export(done.rows, out_file, kind)
        out.print(f"{len(done.rows):,} row(s) → {escape(str(out_file))}")
    for item in done.reports:
        if not item.outcome.ok:
            err.print(f"[red]failed 失败[/] {escape(item.case_id)} ({item.language}): {escape(item.outcome.reason)}")
    if done.reports:
        count = sum(item.outcome.ok for item in done.reports)
        out.print(f"{count} report(s) → {escape(str(target))}")
    raise typer.Exit(1 if done.failed else 0)


def _tell_files(done: Any) -> None:
    if done.recovered is not None:
        held = done.recovered
        err.print(
            f"[yellow]note 提示[/] the refresh of {held.since} (process {held.pid}) did not end; this one went on from "
            f"what it left / 上次刷新未正常结束，本次已接续完成"
        )
    for place in done.missing:
        err.print(
            f"[red]missing 缺失[/] {escape(str(place))}: not there now; its rows stay / 文件夹不存在，原有数据保留"
        )
    for taken in done.intakes:
        for entry in taken.entries:
            if entry.refusal:
                err.print(f"[red]refused 未读取[/] {escape(entry.refusal)}")
        for item in taken.replaced:
            out.print(
                f"{escape(item.source_file)}: replaces 取代 {escape(item.former)}; {item.gone:,} row(s) gone 行删除, "
                f"{item.new:,} new 行新增"
            )
        for name in taken.unsettled:
            err.print(
                f"[yellow]note 提示[/] {escape(name)}: it changes while it is read; the next refresh takes it in / "
                f"文件仍在写入，下次刷新再接收"
            )
        if taken.absent:
            names = ", ".join(taken.absent[:10]) + (f" +{len(taken.absent) - 10}" if len(taken.absent) > 10 else "")
            out.print(
                f"{len(taken.absent)} file(s) no longer in the folder, rows stay 已不在文件夹，数据保留: {escape(names)}"
            )


def _tell_changes(done: Any) -> None:
    from caselens.operations.difference import LABELS

    if done.is_empty:
        out.print("nothing changed 无变化")
        return
    moved = done.rows[done.rows["change"] != "persisting"]
    table = RichTable("change 变化", "finding 编号", "indicator 指标", "score 得分", "case 案件", "why 原因")
    for row in moved.head(_SHOWN).to_dict("records"):
        label = LABELS[row["change"]]
        scores = [row[name] for name in ("former_score", "score") if row[name] is not None and row[name] == row[name]]
        table.add_row(
            f"{label.zh} {label.en}",
            row["finding_id"],
            row["indicator"],
            " → ".join(f"{score:.2f}" for score in dict.fromkeys(scores)),
            escape(", ".join(row["case_ids"])),
            escape(f"{row['why_zh']} / {row['why_en']}"),
        )
    if len(moved):
        out.print(table)
    if len(moved) > _SHOWN:
        out.print(f"… {len(moved) - _SHOWN:,} more, with --out all of them 其余见导出文件")
    told = ", ".join(f"{LABELS[name].en} {LABELS[name].zh} {count:,}" for name, count in done.counts.items())
    out.print(f"{told}; {len(done.asked)} question(s) asked again 重新评估; {len(done.cases)} case(s) 受影响案件")


@app.command()
def schedule(
    path: WorkspacePath,
    cron: Annotated[str, typer.Option(help="When, as cron: minute hour day month weekday 定时（cron 格式）")] = "",
    every: Annotated[float, typer.Option(help="Or: seconds between runs 或：间隔秒数")] = 0,
    kind: Annotated[str, typer.Option("--print", help="Print a unit instead: systemd or cron 输出系统定时配置")] = "",
    reports: Annotated[bool, typer.Option(help="Run the reports of the cases affected 更新受影响案件的报告")] = True,
    reports_dir: Annotated[Path | None, typer.Option("--reports-dir", help="Folder of the reports 报告文件夹")] = None,
    lang: Annotated[str, typer.Option(help="zh, en or both")] = "both",
    jobs: Annotated[int, typer.Option(help="Reports at once 并行数")] = 2,
    runs: Annotated[int, typer.Option(help="End after so many runs; 0: never 运行次数")] = 0,
) -> None:
    """Refresh by the clock in the foreground, or print a unit for the system's. 定时刷新。"""
    import sys

    from caselens.core.errors import UsageError
    from caselens.operations.cron import Cron
    from caselens.operations.schedule import printed
    from caselens.operations.schedule import schedule as run

    if bool(cron) == bool(every) or (kind and not cron):
        raise UsageError("say when: --cron 'M H D M W', or --every SECONDS (for --print only --cron) 请指定时间")
    desk, languages = opened(path), languages_of(lang)
    root = desk.workspace.folder.root
    target = (reports_dir or Path("reports") / desk.name) if reports else None
    if kind:
        sys.stdout.write(printed(kind, Cron.parse(cron), root, target))
        return
    when = Cron.parse(cron) if cron else every
    out.print(f"{escape(str(path))}: waiting; end it with Ctrl-C 等待运行，按 Ctrl-C 结束")
    try:
        run(root, when, reports=target, languages=languages, jobs=jobs, told=_tell_run, runs=runs)
    except KeyboardInterrupt:
        out.print("ended 已结束")


def _tell_run(ran: Any) -> None:
    out.print(f"[bold]{ran.at}[/]")
    if ran.done is None:
        err.print(f"[red]failed 失败[/] {escape(ran.error)}")
    else:
        _tell_files(ran.done)
        _tell_changes(ran.done)
    for item in ran.undelivered:
        err.print(f"[yellow]note 提示[/] a message was not delivered 通知未送达: {escape(item)}")
