"""Commands that let something out of the office, or in: keys, packages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from caselens.cli._app import WorkspacePath, app, err, opened, out, shown

keys_app = typer.Typer(
    help="Keys to receive and to sign packages with. 收发密钥。", no_args_is_help=True, pretty_exceptions_enable=False
)
app.add_typer(keys_app, name="keys")

To = Annotated[list[str] | None, typer.Option("--to", help="Receiver's public key, or a file of them 接收方公钥")]
SignWith = Annotated[Path | None, typer.Option("--sign-with", help="Signing key; default the workspace's own 签名密钥")]


@keys_app.command("new")
def new_key(
    file: Annotated[Path, typer.Argument(help="File to write 输出文件")],
    signing: Annotated[bool, typer.Option("--signing", help="A key to sign with 签名密钥")] = False,
    name: Annotated[str, typer.Option(help="Whose signing key 密钥所属单位")] = "",
) -> None:
    """Make a secret key and print its public part to hand out. 生成密钥。"""
    from caselens.operations import keys

    if not signing:
        out.print(keys.new_identity(file), highlight=False)
        return
    signer = keys.new_signing_key(file, name)
    out.print(f"{signer.line} {escape(signer.name)}".rstrip(), highlight=False)
    out.print(f"fingerprint 指纹: {signer.fingerprint}", highlight=False)


@keys_app.command("show")
def show_key(file: Annotated[Path, typer.Argument(help="Key file, or workspace 密钥文件或工作区")]) -> None:
    """Print the public part of a secret key, or of a workspace's signing key. 显示公钥。"""
    from caselens.operations import keys
    from caselens.operations.deliver import own_key

    path = own_key(opened(file)) if file.is_dir() else file
    for line in keys.public_keys(path):
        out.print(line, highlight=False)
        if line.startswith("ssh-"):
            out.print(f"fingerprint 指纹: {keys.Signer(line).fingerprint}", highlight=False)


@app.command()
def deliver(
    path: WorkspacePath,
    case: Annotated[list[str] | None, typer.Option("--case", help="Case 案件编号 (repeatable)")] = None,
    to: To = None,
    out_file: Annotated[Path | None, typer.Option("--out", help="Package to write 输出文件包")] = None,
    reports: Annotated[
        Path | None, typer.Option("--reports", help="Where the reports are; default reports/<workspace> 报告所在文件夹")
    ] = None,
    sign_with: SignWith = None,
    purpose: Annotated[str, typer.Option(help="What for, for the audit log 用途")] = "",
    edition: Annotated[str, typer.Option(help="full or redacted 版本")] = "full",
) -> None:
    """Pack the reports of cases, encrypted to their receivers and signed. 交付报告。"""
    from caselens.operations.batch import folder_name
    from caselens.operations.deliver import deliver as deliver_reports

    desk = opened(path)
    target = out_file or Path(f"{desk.name}-{folder_name('-'.join(case or ()))}.age")
    place = reports or Path("reports") / desk.name
    with shown():
        manifest = deliver_reports(desk, case or (), to or (), target, place, sign_with, purpose, edition)
    out.print(f"{len(manifest['files'])} file(s) → {escape(str(target))}")


@app.command()
def export(
    path: WorkspacePath,
    case: Annotated[str, typer.Option("--case", help="Case 案件编号")],
    kind: Annotated[str, typer.Option("--format", help="ftm, graphml, gexf, neo4j, xlsx or ocds-flags 格式")],
    out_file: Annotated[Path, typer.Option("--out", help="File, for neo4j a folder 输出文件或文件夹")],
    purpose: Annotated[str, typer.Option(help="What for, for the audit log 用途")] = "",
) -> None:
    """Write one case for other programs. 按格式导出案件。"""
    from caselens.operations.case_exports import export_case

    desk = opened(path)
    with shown():
        found = desk.case(case, purpose)
        count = export_case(found, kind, out_file)
        desk.workspace.store.audit.add("export", found.id, desk.gate.who, purpose, format=kind, count=count)
    out.print(f"{count:,} → {escape(str(out_file))}")


@app.command()
def extract(
    path: WorkspacePath,
    case: Annotated[str, typer.Option("--case", help="Case 案件编号")],
    out_file: Annotated[Path, typer.Option("--out", help="Package, or without --to a folder 文件包，或文件夹")],
    to: To = None,
    raw: Annotated[bool, typer.Option("--raw", help="Also files as received that hold nothing else 附原件")] = False,
    sign_with: SignWith = None,
) -> None:
    """Take one case out as a workspace of its own, with nothing of other cases. 导出单案工作区。"""
    from caselens.operations.deliver import deliver_extract
    from caselens.operations.extract import extract as extract_case

    desk = opened(path)
    with shown():
        made = (
            deliver_extract(desk, case, to, out_file, raw, sign_with) if to else extract_case(desk, case, out_file, raw)
        )
    out.print(f"{sum(made.rows.values()):,} row(s), {made.findings} finding(s) 行与线索项 → {escape(str(out_file))}")
    if made.barred or made.findings_barred:
        out.print(
            f"{made.barred:,} row(s) and {made.findings_barred} finding(s) stayed behind: they name other cases "
            "涉及其他案件，未导出"
        )
    if raw:
        out.print(
            f"{made.raw_files} file(s) as received, {made.raw_withheld} withheld: they hold rows of others 原件；其余含他人信息"
        )
    if not to:
        err.print("[yellow]note 提示[/] the folder is not encrypted; give --to KEY to hand it over 文件夹未加密")


@app.command("open")
def open_received(
    package: Annotated[Path, typer.Argument(help="Package as received 收到的文件包")],
    identity: Annotated[Path, typer.Option("--identity", help="File with your secret key 私钥文件")],
    out_dir: Annotated[Path, typer.Option("--out", help="Folder to unpack into 输出文件夹")],
    signer: Annotated[
        list[str] | None, typer.Option("--signer", help="Accept only this signing key, or a file of them 签名方公钥")
    ] = None,
) -> None:
    """Decrypt a package, check signature and hashes, then unpack it. 打开文件包。"""
    from caselens.operations.opening import open_package

    with shown():
        found = open_package(package, identity, out_dir, signer or ())
    who = f"{found.signer.name or '—'} ({found.signer.fingerprint})"
    if found.known:
        out.print(f"signed by 签名者: {escape(who)}", highlight=False)
    else:
        out.print(
            f"signed by a key that calls itself 签名密钥自称: {escape(who)}. You named no key to compare it with: ask the "
            "sender for the fingerprint, or open with --signer KEY 未指定签名方，请向发送方核对指纹",
            highlight=False,
        )
    out.print(f"{found.files} file(s), every hash as listed 文件校验无误 → {escape(str(out_dir))}")
