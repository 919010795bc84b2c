"""Commands that end in pages a person reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from caselens.cli._app import WorkspacePath, app, err, languages_of, opened, out, shown
from caselens.core.errors import UsageError


@app.command()
def report(
    path: WorkspacePath,
    case: Annotated[list[str] | None, typer.Option("--case", help="Case 案件编号 (repeatable)")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every case 全部案件")] = False,
    lang: Annotated[str, typer.Option(help="zh, en or both")] = "both",
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Folder; default reports/<workspace> 输出文件夹")
    ] = None,
    jobs: Annotated[int, typer.Option(help="How many at once 并行数")] = 2,
) -> None:
    """Write case reports: one offline page a case and language, and an index. 生成案件报告。"""
    from caselens.operations import write_reports

    if every == bool(case):
        raise UsageError("say which: --case ID, or --all")
    languages = languages_of(lang)
    desk = opened(path)
    target = out_dir or Path("reports") / desk.name
    with shown():
        written = write_reports(desk, target, case_ids=case or (), languages=languages, jobs=jobs)
    _tell_reports(written, target)
    raise typer.Exit(0 if all(item.outcome.ok for item in written) else 1)


def _tell_reports(written: Any, target: Path) -> None:
    for item in written:
        if not item.outcome.ok:
            err.print(f"[red]failed 失败[/] {escape(item.case_id)} ({item.language}): {escape(item.outcome.reason)}")
    if written:
        out.print(f"{sum(item.outcome.ok for item in written)} report(s) → {escape(str(target / 'index.html'))}")


@app.command()
def demo(
    real: Annotated[Path | None, typer.Option("--real", help="Folder with published data 公开数据文件夹")] = None,
    folder: Annotated[Path, typer.Option("--into", help="Folder for the workspaces 工作区存放处")] = Path("data"),
    reports: Annotated[bool, typer.Option(help="Write the reports 生成报告")] = True,
) -> None:
    """Build, screen and report the sample city, or published data with --real. 演示。"""
    from caselens.operations.demo import demo as run_demo
    from caselens.operations.demo import demo_real

    with shown():
        results = demo_real(real, folder, reports) if real else [run_demo(folder, reports)]
    for result in results:
        out.print(f"[bold]{escape(result.title)}[/]: {escape(result.told)}")
        _tell_reports(result.written, result.reports)
    raise typer.Exit(0 if all(item.outcome.ok for result in results for item in result.written) else 1)


@app.command()
def lab(path: WorkspacePath) -> None:
    """Open JupyterLab on the notebooks, with this workspace. 打开 JupyterLab。"""
    from caselens.operations.lab import lab as open_lab

    raise typer.Exit(open_lab(opened(path).workspace.folder.root))
