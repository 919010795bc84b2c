"""Commands that end in pages a person reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from caselens.cli._app import WorkspacePath, app, err, languages_of, opened, out, shown, spelled
from caselens.core import progress
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
    edition: Annotated[
        list[str] | None, typer.Option("--edition", help="full or redacted 版本 (repeatable); default full")
    ] = None,
    as_of: Annotated[str, typer.Option(help="Day the reports are of, YYYY-MM-DD; default today 报告日期")] = "",
    jobs: Annotated[int, typer.Option(help="How many at once 并行数")] = 2,
    timeout: Annotated[float, typer.Option(help="Seconds one report may take 单份报告时限（秒）")] = 1800,
    memory: Annotated[float, typer.Option(help="GB one report may fill 单份报告内存上限（GB）")] = 4,
    dask: Annotated[str, typer.Option(help="Scheduler of a running Dask cluster, tcp://HOST:PORT Dask 集群")] = "",
) -> None:
    """Write case reports: one offline page a case and language, and an index. 生成案件报告。"""
    from caselens.operations import write_reports
    from caselens.operations.batch import FULL

    if every == bool(case):
        raise UsageError("say which: --case ID, or --all")
    languages = languages_of(lang)
    desk = opened(path)
    target = out_dir or Path("reports") / desk.name
    with _each_case_a_line():
        written = write_reports(
            desk,
            target,
            case_ids=case or (),
            languages=languages,
            editions=edition or (FULL,),
            as_of=_day(as_of),
            jobs=jobs,
            timeout=timeout,
            memory=int(memory * (1 << 30)),
            dask=dask,
        )
    _tell_reports(written, target)
    raise typer.Exit(0 if all(item.outcome.ok for item in written) else 1)


@app.command()
def verify(
    report: Annotated[Path, typer.Argument(help="Folder of a report, its page or manifest 报告文件夹、页面或清单")],
    workspace: Annotated[Path | None, typer.Option(help="Its workspace, if it was moved 工作区位置")] = None,
    page: Annotated[bool, typer.Option("--page", help="Compare the page alone 只核对页面")] = False,
) -> None:
    """Say whether a report still holds: page, inputs, tables, decisions, code, dependencies. 核对报告是否仍然成立。"""
    from caselens.operations import verify as compare

    checks = compare(report, workspace, page_only=page)
    marks = {True: "[green]✓[/]", False: "[red]✗[/]", None: "[yellow]?[/]"}
    same = [check for check in checks if check.kind == "package" and check.holds]
    for check in checks:
        if check not in same:
            told = f"{check.kind} {check.name}".strip() + f": {check.told.zh} {check.told.en}"
            out.print(f"{marks[check.holds]} {escape(told)}", highlight=False)
    if same:
        out.print(
            f"{marks[True]} {len(same)} packages of the same version 依赖包版本一致 {len(same)} 个", highlight=False
        )
    failed, unknown = (sum(check.holds is state for check in checks) for state in (False, None))
    out.print(f"{len(checks)} checked, {failed} changed, {unknown} not compared", highlight=False)
    out.print(f"共 {len(checks)} 项，变化 {failed} 项，未核对 {unknown} 项", highlight=False)
    raise typer.Exit(0 if failed + unknown == 0 else 1)


class _Lines:
    """Progress of a batch: a line for each report that runs, which stays as text when it is done."""

    def __init__(self, bar: Progress) -> None:
        self.bar, self.tasks = bar, dict[str, TaskID]()

    def step(self, task: str, done: int, total: int | None) -> None:
        """Move a line; print it and take it away when it is full."""
        if task not in self.tasks:
            self.tasks[task] = self.bar.add_task(escape(spelled(task)), total=total)
        self.bar.update(self.tasks[task], completed=done, total=total)
        if done == total and task != "report":
            shown = self.bar.tasks[self.bar.task_ids.index(self.tasks[task])]
            err.print(f"{escape(task)}  {shown.elapsed or 0:.1f} s", highlight=False)
            self.bar.remove_task(self.tasks.pop(task))


@contextmanager
def _each_case_a_line() -> Iterator[None]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as bar, progress.listening(_Lines(bar)):
        yield


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise UsageError(f"--as-of takes a day as YYYY-MM-DD, got {text!r}") from error


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
def lab(
    path: WorkspacePath,
    port: Annotated[int, typer.Option(help="Port on this machine only 本机端口")] = 8888,
    browser: Annotated[bool, typer.Option(help="Open a browser 打开浏览器")] = True,
) -> None:
    """Open JupyterLab on the notebooks, with this workspace. 打开 JupyterLab。"""
    from caselens.operations.lab import lab as open_lab

    raise typer.Exit(open_lab(opened(path).workspace.folder.root, port=port, browser=browser))
