"""Commands about questions and answers: screening, findings, tracing, what to ask for next."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table as RichTable

from caselens.cli._app import Format, OutFile, WorkspacePath, app, err, languages_of, opened, out, shown, write
from caselens.core.errors import UsageError
from caselens.core.text import LANGUAGES


@app.command()
def screen(path: WorkspacePath) -> None:
    """Put every indicator's question to the data. 全部指标筛查。"""
    from caselens.findings.evaluate import DEFECT
    from caselens.findings.leads import leads_of

    desk = opened(path)
    with shown():
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
    awake = [lead.id for lead in leads_of(result.findings) if lead.is_reawakened]
    if awake:
        told = ", ".join(awake)
        err.print(f"[yellow]new evidence on a closed matter 已了结事项出现新证据[/] {escape(told)}; see caselens leads")
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

    desk = opened(path)
    with shown():
        frame = getattr(desk, what)()
    export(frame, target, kind)
    desk.workspace.store.audit.add("export", what, desk.gate.who, rows=len(frame))
    out.print(f"{len(frame):,} row(s) → {escape(str(target))}")


@app.command()
def requests(
    path: WorkspacePath,
    letter: Annotated[bool, typer.Option("--letter", help="Printable letters, one an addressee 调取通知书")] = False,
    lang: Annotated[str, typer.Option(help="zh or en")] = "zh",
    kind: Format = "csv",
    out_file: Annotated[Path | None, typer.Option("--out", help="File; default standard output 输出文件")] = None,
) -> None:
    """List what to ask for next: gaps, counterparties never obtained, what questions lack. 补调清单。"""
    from caselens.operations.letter import letter as letters
    from caselens.operations.requests import as_table
    from caselens.operations.requests import requests as wanted
    from caselens.workspace.folder import write_atomically

    if lang not in LANGUAGES:
        raise UsageError(f"--lang takes zh or en, got {lang!r}")
    language = next(name for name in LANGUAGES if name == lang)
    desk = opened(path)
    desk.gate.check("open")
    with shown():
        found, told = wanted(desk.workspace)
    for text in told:
        err.print(f"[yellow]note 提示[/] {escape(text.en)} / {escape(text.zh)}")
    if not letter:
        write(as_table(found, language), out_file, kind)
    elif out_file is None:
        sys.stdout.write(letters(found, language))
    else:
        write_atomically(out_file, letters(found, language).encode())
        out.print(f"{len(found):,} request(s) → {escape(str(out_file))}")


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

    languages, desk = languages_of(lang), opened(path)
    desk.gate.check("open")
    with shown():
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
    desk.workspace.store.audit.add("trace", "", desk.gate.who, account=source, legs=len(traced.legs))
    for language in languages:
        tell(traced, language, out)
    if out_file is not None:
        from caselens.operations.exports import export

        export(traced.legs, out_file, kind)
        out.print(f"{len(traced.legs):,} row(s) → {escape(str(out_file))}")


@app.command("ocds-flags")
def ocds_flags(
    file: Annotated[Path, typer.Argument(help="JSON lines of OCDS releases")],
    settings: Annotated[Path | None, typer.Option(help="Settings file (INI) 设置")] = None,
) -> None:
    """Print the eleven procurement red flags of a file of OCDS releases as JSON. 采购红旗。"""
    import json

    from caselens.bids.ocds_flags import ocds_flags as flags

    sys.stdout.write(json.dumps(flags(file, settings), ensure_ascii=False) + "\n")
