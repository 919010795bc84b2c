"""The command line: thin over the library. 0 done, 1 something in the data or a case failed, 2 wrong usage."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table as RichTable

from caselens.core import progress
from caselens.core.errors import CaselensError, DataError, UsageError
from caselens.core.text import LANGUAGES, Language

app = typer.Typer(
    name="caselens",
    help="Caselens (镜鉴): raw files in, leads with their rows out. 原始材料进,带出处的线索出。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
#: Into a pipe or a file there is no screen to fit: nothing is cut.
_WIDE = None if sys.stdout.isatty() else 200
out, err = Console(width=_WIDE, soft_wrap=True), Console(stderr=True, width=_WIDE, soft_wrap=True)

WorkspacePath = Annotated[Path, typer.Argument(help="Folder of the workspace 工作区文件夹")]
Format = Annotated[str, typer.Option("--format", help="csv, jsonl or parquet 输出格式")]
OutFile = Annotated[Path, typer.Option("--out", help="File to write 输出文件")]


class _Bar:
    """Progress as a bar on the terminal, one line a task."""

    def __init__(self, bar: Progress) -> None:
        self.bar, self.tasks = bar, dict[str, TaskID]()

    def step(self, task: str, done: int, total: int | None) -> None:
        """Move the bar of a task."""
        if task not in self.tasks:
            self.tasks[task] = self.bar.add_task(escape(task), total=total)
        self.bar.update(self.tasks[task], completed=done, total=total)


@contextmanager
def _shown() -> Iterator[None]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as bar, progress.listening(_Bar(bar)):
        yield


def _open(path: Path) -> Any:
    from caselens.api import open_workspace

    return open_workspace(path)


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

    desk = _open(path)
    with _shown():
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

    with _shown():
        found = checked(_open(path).workspace)
    for row in found.to_dict("records"):
        where = ".".join(part for part in (row["table"], row["column"]) if part)
        out.print(f"{row['severity']:<8} {escape(where)}: {escape(row['zh'])} / {escape(row['en'])}")
    if found.empty:
        out.print("nothing wrong was found in what was looked at 所查项目未见问题")
    raise typer.Exit(1 if (found["severity"] == "error").any() else 0)


@app.command()
def coverage(path: WorkspacePath) -> None:
    """Show what can be assessed at all, before any result. 可评估范围。"""
    table = RichTable("no", "indicator 指标", "title 名称", "lacks 缺少")
    for row in _open(path).coverage().to_dict("records"):
        lacks = f"[yellow]{escape(row['lacks'])}[/]" if row["lacks"] else "[green]—[/]"
        table.add_row(str(row["number"]), row["indicator"], f"{row['title_zh']} {row['title_en']}", lacks)
    out.print(table)


@app.command()
def resolve(path: WorkspacePath) -> None:
    """Find out who is who: which rows are one party, and why. 主体归并。"""
    desk = _open(path)
    with _shown():
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
    desk = _open(path)
    with _shown():
        what = "entity_links" if links else "undecided" if undecided else "entities"
        frame = desk.who.listing(what)
    _write(frame, out_file, kind)


def _write(frame: Any, target: Path | None, kind: str) -> None:
    from caselens.operations.exports import export, text_of

    if target is None:
        sys.stdout.write(text_of(frame, kind))
        return
    export(frame, target, kind)
    out.print(f"{len(frame):,} row(s) → {escape(str(target))}")


@app.command()
def decide(
    path: WorkspacePath,
    kind: Annotated[str, typer.Argument(help="same, different, unsure or undo 同一、不同、存疑或撤销")],
    ids: Annotated[list[str], typer.Argument(help="Ids of the rows; for undo the decision's 编号")],
    reason: Annotated[str, typer.Option(help="Why 理由")],
    by: Annotated[str, typer.Option(help="Who decides 决定人")],
) -> None:
    """Write down whether rows are one party; the sources stay as they are. 人工判断是否同一主体。"""
    who = _open(path).who
    if kind == "undo":
        written = [who.undo(decision, reason, by) for decision in ids]
    else:
        written = [who.decide(kind, ids, reason, by)]
    for decision in written:
        out.print(f"{decision}: written 已记录")


@app.command()
def requests(
    path: WorkspacePath,
    letter: Annotated[bool, typer.Option("--letter", help="Printable letters, one an addressee 调取通知书")] = False,
    lang: Annotated[str, typer.Option(help="zh or en")] = "zh",
    kind: Format = "csv",
    out_file: Annotated[Path | None, typer.Option("--out", help="File; default standard output 输出文件")] = None,
) -> None:
    """List what to ask for next: gaps, counterparties never obtained, what questions lack. 补调清单。"""
    from caselens.core.text import LANGUAGES
    from caselens.operations.letter import letter as letters
    from caselens.operations.requests import as_table
    from caselens.operations.requests import requests as wanted
    from caselens.workspace.folder import write_atomically

    if lang not in LANGUAGES:
        raise UsageError(f"--lang takes zh or en, got {lang!r}")
    language = next(name for name in LANGUAGES if name == lang)
    desk = _open(path)
    with _shown():
        found, told = wanted(desk.workspace)
    for text in told:
        err.print(f"[yellow]note 提示[/] {escape(text.en)} / {escape(text.zh)}")
    if not letter:
        _write(as_table(found, language), out_file, kind)
    elif out_file is None:
        sys.stdout.write(letters(found, language))
    else:
        write_atomically(out_file, letters(found, language).encode())
        out.print(f"{len(found):,} request(s) → {escape(str(out_file))}")


@app.command()
def ftm(path: WorkspacePath, out_file: OutFile) -> None:
    """Write parties, ties, accounts and payments as FollowTheMoney entities. 导出 FollowTheMoney。"""
    from caselens.operations.ftm import entities_of
    from caselens.workspace.folder import written_beside

    desk = _open(path)
    count = 0
    with written_beside(out_file) as temporary, open(temporary, "w", encoding="utf-8") as file:
        for line in entities_of(desk.workspace):
            file.write(f"{line}\n")
            count += 1
    out.print(f"{count:,} entities → {escape(str(out_file))}")


@app.command()
def screen(path: WorkspacePath) -> None:
    """Put every indicator's question to the data. 全部指标筛查。"""
    from caselens.findings.evaluate import DEFECT

    desk = _open(path)
    with _shown():
        result = desk.screen()
    table = RichTable("indicator 指标", "hit 命中", "clean 未见", "not assessable 无法评估", "excluded 排除")
    states = result.assessments.groupby(["indicator", "state"]).size().unstack(fill_value=0)
    for name, row in states.iterrows():
        counts = (row.get(state, 0) for state in ("hit", "clean", "not_assessable", "excluded"))
        table.add_row(str(name), *(f"{count:,}" for count in counts))
    out.print(table)
    changes = result.findings["change"].value_counts()
    told = ", ".join(f"{name} {count}" for name, count in changes.items()) or "none 无"
    out.print(f"{len(result.findings)} finding(s) 线索项: {told}")
    failed = result.assessments[result.assessments["reason"].str.contains(DEFECT.en, regex=False, na=False)]
    for name, reason in zip(failed["indicator"], failed["reason"], strict=True):
        err.print(f"[red]failed 失败[/] {escape(name)}: {escape(reason)}")
    raise typer.Exit(1 if len(failed) else 0)


@app.command()
def findings(path: WorkspacePath, out_file: OutFile, kind: Format = "csv") -> None:
    """Write the findings, in the columns of docs/tables.md. 导出线索项。"""
    _export(path, out_file, kind, "findings")


@app.command()
def assessments(path: WorkspacePath, out_file: OutFile, kind: Format = "csv") -> None:
    """Write what was looked at and what could not be assessed. 导出评估情况。"""
    _export(path, out_file, kind, "assessments")


def _export(path: Path, target: Path, kind: str, what: str) -> None:
    from caselens.operations.exports import export

    desk = _open(path)
    with _shown():
        frame = getattr(desk, what)()
    export(frame, target, kind)
    out.print(f"{len(frame):,} row(s) → {escape(str(target))}")


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
    languages = _languages(lang)
    desk = _open(path)
    target = out_dir or Path("reports") / desk.name
    with _shown():
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


@app.command()
def templates(folder: Annotated[Path, typer.Argument(help="Folder to write 输出文件夹")]) -> None:
    """Write an empty template for every table. 输出空白模板。"""
    from caselens.tables._templates import write_templates

    written = write_templates(folder)
    out.print(f"{len(written)} file(s) → {escape(str(folder))}")


@app.command()
def demo(
    real: Annotated[Path | None, typer.Option("--real", help="Folder with published data 公开数据文件夹")] = None,
    folder: Annotated[Path, typer.Option("--into", help="Folder for the workspaces 工作区存放处")] = Path("data"),
    reports: Annotated[bool, typer.Option(help="Write the reports 生成报告")] = True,
) -> None:
    """Build, screen and report the sample city, or published data with --real. 演示。"""
    from caselens.operations.demo import demo as run_demo
    from caselens.operations.demo import demo_real

    with _shown():
        results = demo_real(real, folder, reports) if real else [run_demo(folder, reports)]
    for result in results:
        out.print(f"[bold]{escape(result.title)}[/]: {escape(result.told)}")
        _tell_reports(result.written, result.reports)
    raise typer.Exit(0 if all(item.outcome.ok for result in results for item in result.written) else 1)


@app.command()
def lab(path: WorkspacePath) -> None:
    """Open JupyterLab on the notebooks, with this workspace. 打开 JupyterLab。"""
    from caselens.operations.lab import lab as open_lab

    raise typer.Exit(open_lab(_open(path).workspace.folder.root))


@app.command()
def trace(
    path: WorkspacePath,
    source: Annotated[str, typer.Option("--from", help="Account the money starts from 起点账户")],
    amount: Annotated[str | None, typer.Option(help="How much 金额(元)")] = None,
    until: Annotated[str | None, typer.Option(help="Last day or moment 截止时间")] = None,
    since: Annotated[str | None, typer.Option(help="First day or moment 起始时间")] = None,
    payment: Annotated[str | None, typer.Option(help="Payment to trace, by its id 付款编号")] = None,
    backward: Annotated[bool, typer.Option("--backward", help="Where it came from instead 反向追溯来源")] = False,
    opening: Annotated[
        list[str] | None, typer.Option(help="ACCOUNT=AMOUNT there before the first payment 期初余额 (repeatable)")
    ] = None,
    tolerance: Annotated[float, typer.Option(help="Days out of order still told 时序容差(天)")] = 3,
    currency: Annotated[str | None, typer.Option(help="Which currency 币种")] = None,
    lang: Annotated[str, typer.Option(help="zh, en or both")] = "both",
    out_file: Annotated[Path | None, typer.Option("--out", help="Write the legs to this file 逐笔导出")] = None,
    kind: Format = "csv",
) -> None:
    """Follow money through mixed accounts by four methods side by side. 资金追踪。"""
    from caselens.operations.trace_text import balances, tell

    languages, desk = _languages(lang), _open(path)
    with _shown():
        traced = desk.trace(
            source,
            amount,
            until,
            since=since,
            payment=payment,
            direction="backward" if backward else "forward",
            opening_balances=balances(opening or ()),
            tolerance_days=tolerance,
            currency=currency,
        )
    for language in languages:
        tell(traced, language, out)
    if out_file is not None:
        from caselens.operations.exports import export

        export(traced.legs, out_file, kind)
        out.print(f"{len(traced.legs):,} row(s) → {escape(str(out_file))}")


def _languages(lang: str) -> tuple[Language, ...]:
    if lang not in (*LANGUAGES, "both"):
        raise UsageError(f"--lang takes zh, en or both, got {lang!r}")
    return LANGUAGES if lang == "both" else tuple(name for name in LANGUAGES if name == lang)


@app.command("ocds-flags")
def ocds_flags(
    file: Annotated[Path, typer.Argument(help="JSON lines of OCDS releases")],
    settings: Annotated[Path | None, typer.Option(help="Settings file (INI) 设置")] = None,
) -> None:
    """Print the eleven procurement red flags of a file of OCDS releases as JSON. 采购红旗。"""
    import json

    from caselens.bids.ocds_flags import ocds_flags as flags

    sys.stdout.write(json.dumps(flags(file, settings), ensure_ascii=False) + "\n")


def main() -> None:
    """Run the command line; what went wrong is a sentence, not a traceback."""
    try:
        app(standalone_mode=True)
    except DataError as error:
        err.print(f"[red]data 数据[/] {escape(str(error))}", highlight=False)
        sys.exit(1)
    except UsageError as error:
        err.print(f"[red]usage 用法[/] {escape(str(error))}", highlight=False)
        sys.exit(2)
    except CaselensError as error:
        err.print(f"[red]error 错误[/] {escape(str(error))}", highlight=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
