"""Reports out of the office: one encrypted, signed package of the cases' report folders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from caselens import __version__
from caselens.api import Desk
from caselens.core.errors import UsageError
from caselens.operations import keys
from caselens.operations.batch import folder_name
from caselens.operations.package import pack

#: The key of a workspace that has no other to sign with; it never leaves the workspace.
SIGNING_KEY = "signing.key"
_FAILED = b'<section class="failed"'


def deliver(
    desk: Desk, case_ids: Sequence[str], to: Sequence[str], out: Path, reports: Path, sign_with: Path | None = None
) -> dict[str, Any]:
    """Pack what was reported on some cases (pages, evidence workbook, manifest) for the holders of some keys.

    The index of all cases is left out: it names cases that were not asked for.

    Args:
        desk: the workspace.
        case_ids: which cases; at least one.
        to: public keys (``age1…``, ``ssh-ed25519 …``) or files of them.
        out: the package to write.
        reports: folder the reports were written to.
        sign_with: secret signing key; default the workspace's own, made when first needed.

    Returns:
        the manifest of the package.

    Raises:
        UsageError: an unknown case, a case without a report or whose report failed, or a key that is none.
    """
    if not case_ids:
        raise UsageError("say which case: --case ID 请指定案件")
    keys.recipients(to)  # before anything is read for them
    chosen = [desk.case(name).id for name in case_ids]
    files = [item for case_id in chosen for item in _report(reports, case_id, desk.workspace.folder.root)]
    key = keys.signing_key(sign_with or own_key(desk))
    told = {
        "kind": "reports",
        "cases": chosen,
        "workspace": desk.title,
        "signed_by": desk.title,
        "as_of": desk.as_of.isoformat(),
        "caselens": __version__,
    }
    return pack(files, out, to, key, told)


def own_key(desk: Desk) -> Path:
    """The workspace's own signing key; made when first needed, readable by its owner only."""
    path = desk.workspace.folder.root / SIGNING_KEY
    if not path.exists():
        keys.new_signing_key(path, desk.title)
    return path


def _report(reports: Path, case_id: str, workspace: Path) -> Iterator[tuple[str, Path]]:
    folder = reports / folder_name(case_id)
    files = [path for path in sorted(folder.rglob("*")) if _is_part(path, folder)]
    pages = [path for path in files if path.name == "index.html"]
    if not pages:
        raise UsageError(
            f"case {case_id} has no report in {reports}; write it first: caselens report {workspace.name} "
            f"--case {case_id} 尚无报告，请先生成"
        )
    for page in pages:
        if _FAILED in page.read_bytes():
            raise UsageError(
                f"the report {page} says that it failed; write it again before it goes out 报告生成失败，请重做"
            )
    for path in files:
        yield f"{folder.name}/{path.relative_to(folder).as_posix()}", path


def _is_part(path: Path, folder: Path) -> bool:
    """What a run leaves beside its page while it runs begins with a dot."""
    return path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
