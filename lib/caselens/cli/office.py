"""Commands about the office's own papers: the audit log, who may see which case, requests and referrals, volumes."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from caselens.cli._app import Format, WorkspacePath, app, err, opened, out, write
from caselens.core.errors import DataError, UsageError

OutOption = Annotated[Path | None, typer.Option("--out", help="File; default standard output 输出文件")]
By = Annotated[str, typer.Option(help="Who; default: who runs this 经办人，默认为当前用户")]
_HEAD = re.compile(r"(\d+):([0-9a-f]{64})")


@app.command()
def audit(
    words: Annotated[list[str], typer.Argument(help="Workspace, or: verify WORKSPACE 工作区，或 verify 工作区")],
    verify: Annotated[bool, typer.Option("--verify", help="Check the chain 校验")] = False,
    head: Annotated[
        list[str] | None,
        typer.Option("--head", help="NUMBER:HASH kept elsewhere, e.g. in a report's manifest 另存的校验值"),
    ] = None,
    kind: Format = "csv",
    out_file: OutOption = None,
) -> None:
    """List the audit log, or verify that nothing in it was altered, removed or moved. 操作日志及校验。"""
    import pandas as pd

    from caselens.store.audit import Entry

    if len(words) == 2 and words[0] == "verify":
        verify, words = True, words[1:]
    if len(words) != 1:
        raise UsageError("say: caselens audit W, or caselens audit verify W")
    desk = opened(Path(words[0]))
    desk.gate.check("audit")
    log = desk.workspace.store.audit
    if not verify:
        rows = [
            {n: (dict(v) if isinstance(v := getattr(entry, n), dict) else v) for n in Entry.__slots__}
            for entry in log.entries()
        ]
        frame = pd.DataFrame(rows, columns=list(Entry.__slots__))
        frame["details"] = pd.Series([_json(value) for value in frame["details"]], frame.index, dtype=object)
        write(frame, out_file, kind)
        return
    found = log.verify([_head(text) for text in head or ()])
    for note in found.notes:
        err.print(f"[yellow]note 提示[/] {escape(note.en)} / {escape(note.zh)}")
    for problem in found.problems:
        err.print(f"[red]altered 异常[/] {escape(problem.en)} / {escape(problem.zh)}")
    out.print(f"{found.entries:,} entries 条; head 末条 {found.head[0]}:{found.head[1]}")
    if not found.ok:
        raise DataError("the audit log is not whole 操作日志不完整")
    out.print("whole, as far as can be told here 未发现改动")


@app.command()
def access(path: WorkspacePath, kind: Format = "csv", out_file: OutOption = None) -> None:
    """List who may see which case; an empty list means that nothing is checked. 案件权限。"""
    import pandas as pd

    from caselens.store.access import Grant

    rows = [{name: getattr(item, name) for name in Grant.__slots__} for item in opened(path).gate.grants()]
    write(pd.DataFrame(rows, columns=list(Grant.__slots__)), out_file, kind)


@app.command()
def grant(
    path: WorkspacePath,
    user: Annotated[str, typer.Argument(help="Login or person's id 用户")],
    role: Annotated[str, typer.Option(help="reader, analyst, supervisor or auditor 角色")],
    case: Annotated[str, typer.Option("--case", help="Case, or * for all 案件")] = "",
    until: Annotated[str, typer.Option(help="Last day 截止日期")] = "",
    purpose: Annotated[str, typer.Option(help="What for 用途")] = "",
    by: By = "",
) -> None:
    """Assign somebody to a case; from the first grant on, access is checked. 授权。"""
    from caselens.store.access import EVERY

    desk = opened(path)
    if not case:
        raise UsageError("say which case: --case ID, or --case '*' for all")
    desk.gate.check("grant", case if case != EVERY else EVERY, purpose)
    given = desk.workspace.store.access.grant(case, user, role, by or desk.gate.who, _day(until), purpose)
    out.print(f"{given}: granted 已授权")


@app.command()
def revoke(
    path: WorkspacePath,
    grant_id: Annotated[str, typer.Argument(help="Id of the grant (caselens access W) 授权编号")],
    reason: Annotated[str, typer.Option(help="Why 理由")],
    by: By = "",
) -> None:
    """End a grant; it stays written. 撤销授权。"""
    desk = opened(path)
    mine = next((item.case_id for item in desk.gate.grants() if item.grant_id == grant_id), "*")
    desk.gate.check("grant", mine, reason)
    desk.workspace.store.access.revoke(grant_id, by or desk.gate.who, reason)
    out.print("revoked 已撤销授权")


@app.command()
def send(
    path: WorkspacePath,
    case: Annotated[str, typer.Option("--case", help="Case 案件编号")],
    to: Annotated[str, typer.Option("--to", help="Addressee 调取对象单位")],
    asks: Annotated[str, typer.Option("--asks", help="What is asked for 调取内容")],
    reason: Annotated[str, typer.Option(help="Why 理由")] = "",
    sent: Annotated[str, typer.Option(help="Day it was sent; default today 发出日期")] = "",
    due: Annotated[str, typer.Option(help="Day of answer 应反馈日期")] = "",
    by: By = "",
) -> None:
    """Note that a request for records was sent (see caselens requests). 登记补调函。"""
    desk = opened(path)
    desk.gate.check("decide", case, reason)
    made = desk.workspace.store.papers.send_request(
        case,
        to,
        asks,
        reason=reason,
        approved_by=by or desk.gate.who,
        sent_on=_day(sent) or date.today(),
        due_on=_day(due),
    )
    out.print(f"{made}: sent 已登记")


@app.command()
def answered(
    path: WorkspacePath,
    request: Annotated[str, typer.Argument(help="Id of the request (caselens sent W) 补调编号")],
    file: Annotated[str, typer.Option("--file", help="What came; empty: it was refused 收到文件")] = "",
    on: Annotated[str, typer.Option("--on", help="Day; default today 日期")] = "",
    by: By = "",
) -> None:
    """Note that a request was answered. 登记反馈。"""
    desk = opened(path)
    desk.workspace.store.papers.answer_request(request, file, _day(on) or date.today(), by or desk.gate.who)
    out.print("answered 已登记反馈")


@app.command()
def refer(
    path: WorkspacePath,
    files: Annotated[list[Path], typer.Argument(help="What is handed over; hashed 移送材料")],
    case: Annotated[str, typer.Option("--case", help="Case 案件编号")],
    source: Annotated[str, typer.Option("--from", help="Unit that hands over 移送单位")],
    to: Annotated[str, typer.Option("--to", help="Unit that receives 接收单位")],
    on: Annotated[str, typer.Option("--on", help="Day; default today 移送日期")] = "",
    by: By = "",
) -> None:
    """Note that material of a case was handed to another unit, each file with its hash. 登记移送。"""
    import hashlib

    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        raise UsageError(f"there is no file {', '.join(missing)} 没有此文件")
    items = "; ".join(f"{file.name} sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files)
    desk = opened(path)
    desk.gate.check("decide", case)
    made = desk.workspace.store.papers.refer(case, source, to, items, _day(on) or date.today(), by or desk.gate.who)
    out.print(f"{made}: handed over 已登记移送")


@app.command()
def accepted(
    path: WorkspacePath,
    referral: Annotated[str, typer.Argument(help="Id of the referral (caselens sent W --referrals) 移送编号")],
    by: Annotated[str, typer.Option(help="Who accepted 接收人")],
    on: Annotated[str, typer.Option("--on", help="Day; default today 日期")] = "",
) -> None:
    """Note that a referral was accepted. 登记接收。"""
    opened(path).workspace.store.papers.accept_referral(referral, by, _day(on) or date.today())
    out.print("accepted 已登记接收")


@app.command()
def sent(
    path: WorkspacePath,
    referrals: Annotated[bool, typer.Option("--referrals", help="Referrals instead of requests 移送")] = False,
    case: Annotated[str, typer.Option("--case", help="Only this case 案件编号")] = "",
    kind: Format = "csv",
    out_file: OutOption = None,
) -> None:
    """List the requests sent and what became of them, or the referrals. 补调函与移送台账。"""
    import pandas as pd

    from caselens.store.schema import EVIDENCE_REQUESTS, REFERRALS

    papers = opened(path).workspace.store.papers
    rows, table = (papers.referrals(case), REFERRALS) if referrals else (papers.requests(case), EVIDENCE_REQUESTS)
    write(pd.DataFrame(rows, columns=[column.name for column in table.columns]), out_file, kind)


@app.command("file")
def file_under(
    path: WorkspacePath,
    source: Annotated[str, typer.Argument(help="Source file as intake named it 来源文件")],
    volume: Annotated[str, typer.Option("--volume", help="Volume 卷")],
    pages: Annotated[str, typer.Option("--pages", help="e.g. 12-40 页码")] = "",
    by: By = "",
) -> None:
    """Note in which volume and on which pages a source file lies, for the dossier. 登记卷页。"""
    desk = opened(path)
    known = set(desk.sources()["source_file"])
    if source not in known:
        raise UsageError(f"{source!r} was never taken in; see caselens check and the table sources 未接收过此文件")
    found = re.fullmatch(r"(\d+)(?:\s*[-–]\s*(\d+))?", pages.strip()) if pages else None
    if pages and found is None:
        raise UsageError(f"--pages takes 12 or 12-40, got {pages!r}")
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (None, None)
    desk.workspace.store.papers.file_under(source, volume, first, last, by or desk.gate.who)
    out.print("filed 已登记")


@app.command()
def runs(path: WorkspacePath, kind: Format = "csv", out_file: OutOption = None) -> None:
    """List what ran, when, and how it ended; without an end it was cut off. 运行记录。"""
    import pandas as pd

    from caselens.store.schema import RUNS

    rows = [row | {"details": _json(row["details"])} for row in opened(path).workspace.store.runs.all()]
    write(pd.DataFrame(rows, columns=[column.name for column in RUNS.columns]), out_file, kind)


@app.command("copy-store")
def copy_store(path: WorkspacePath) -> None:
    """Copy store.db into the empty database that settings.toml names. 迁移共享库。"""
    from caselens.store import Store
    from caselens.store.moving import copy_store as copied_into

    workspace = opened(path).workspace
    if not workspace.settings.store or not (workspace.folder.root / "store.db").is_file():
        raise UsageError("there is no store.db to copy, or settings.toml names no other database 无可迁移的共享库")
    copied = copied_into(Store("", workspace.folder.root), workspace.store)
    out.print(f"{sum(copied.values()):,} row(s) copied 已迁移; store.db stays as it is and is no longer read")


def _json(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _head(text: str) -> tuple[int, str]:
    found = _HEAD.fullmatch(text)
    if found is None:
        raise UsageError(f"--head takes NUMBER:HASH as `caselens audit verify` prints it, got {text!r}")
    return int(found[1]), found[2]


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date() if text else None
    except ValueError as error:
        raise UsageError(f"a day is written as 2026-01-31, got {text!r}") from error
