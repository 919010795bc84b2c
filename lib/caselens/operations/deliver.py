"""Reports out of the office: one encrypted, signed package of the cases' report folders."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from caselens import __version__
from caselens.api import Desk
from caselens.core.errors import UsageError
from caselens.operations import keys
from caselens.operations.batch import FULL, folder_name
from caselens.operations.extract import Extract, extract
from caselens.operations.package import pack

#: The key of a workspace that has no other to sign with; it never leaves the workspace.
SIGNING_KEY = "signing.key"
_FAILED = b'<section class="failed"'


def deliver(
    desk: Desk,
    case_ids: Sequence[str],
    to: Sequence[str],
    out: Path,
    reports: Path,
    sign_with: Path | None = None,
    purpose: str = "",
    edition: str = FULL,
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
        edition: ``full``, or another; a package of an edition that names nobody says neither case nor workspace itself.
        purpose: why, for the audit log, which also keeps to which keys it went.

    Returns:
        the manifest of the package.

    Raises:
        UsageError: an unknown case, a case without a report or whose report failed, or a key that is none.
    """
    if not case_ids:
        raise UsageError("say which case: --case ID 请指定案件")
    keys.recipients(to)  # before anything is read for them
    chosen = [desk.case(name, purpose).id for name in case_ids]
    files = [item for case_id in chosen for item in _report(reports, case_id, desk.name, edition)]
    key = keys.signing_key(sign_with or own_key(desk))
    manifest = pack(files, out, to, key, _told(desk, "reports", chosen, edition))
    about = {"to": manifest["to"], "files": len(manifest["files"])}
    desk.workspace.store.audit.add("deliver", ",".join(chosen), desk.gate.who, purpose, **about)
    return manifest


def deliver_extract(
    desk: Desk, case_id: str, to: Sequence[str], out: Path, raw: bool = False, sign_with: Path | None = None
) -> Extract:
    """The workspace of one case (see :func:`caselens.operations.extract.extract`) as one encrypted, signed package.

    Raises:
        UsageError: an unknown case, or a key that is none.
    """
    keys.recipients(to)
    key = keys.signing_key(sign_with or own_key(desk))
    # Inside the workspace: readable rows of a case lie nowhere else, not even for a moment.
    with tempfile.TemporaryDirectory(dir=desk.workspace.folder.root, prefix=".extract-") as temporary:
        place = Path(temporary) / "workspace"
        made = extract(desk, case_id, place, raw)
        files = [(path.relative_to(place).as_posix(), path) for path in sorted(place.rglob("*")) if path.is_file()]
        pack(files, out, to, key, _told(desk, "workspace", [case_id]))
    return made


def _told(desk: Desk, kind: str, cases: list[str], edition: str = FULL) -> dict[str, Any]:
    """What a manifest says of where the package comes from."""
    number, digest = desk.workspace.store.audit.head()
    names = {"cases": cases, "workspace": desk.name, "signed_by": desk.title} if edition == FULL else {}
    return {
        "kind": kind,
        "edition": edition,
        **names,
        "as_of": desk.as_of.isoformat(),
        "caselens": __version__,
        # Out of reach of whoever owns the store: `caselens audit verify W --head` compares.
        "audit_head": f"{number}:{digest}",
    }


def own_key(desk: Desk) -> Path:
    """The workspace's own signing key; made when first needed, readable by its owner only."""
    path = desk.workspace.folder.root / SIGNING_KEY
    if not path.exists():
        keys.new_signing_key(path, desk.title)
    return path


def _report(reports: Path, case_id: str, workspace: str, edition: str) -> Iterator[tuple[str, Path]]:
    folder = reports / folder_name(case_id)
    files = [path for path in sorted(folder.rglob("*")) if _is_part(path, folder, edition)]
    pages = [path for path in files if path.name == "index.html"]
    if not pages:
        which = "" if edition == FULL else f" --edition {edition}"
        raise UsageError(
            f"case {case_id} has no report in {reports}; write it first: caselens report {workspace} "
            f"--case {case_id}{which} 尚无报告，请先生成"
        )
    for page in pages:
        if _FAILED in page.read_bytes():
            raise UsageError(
                f"the report {page} says that it failed; write it again before it goes out 报告生成失败，请重做"
            )
    called = folder.name if edition == FULL else f"report-{hashlib.sha256(case_id.encode()).hexdigest()[:8]}"
    for path in files:
        yield f"{called}/{path.relative_to(folder).as_posix()}", path


def _is_part(path: Path, folder: Path, edition: str) -> bool:
    """What stays in the office, or is half written, begins with a dot; an edition lies in folders ``LANGUAGE-EDITION``."""
    parts = path.relative_to(folder).parts
    of_edition = parts[0].endswith(f"-{edition}") if edition != FULL else not parts[0].startswith(("zh-", "en-"))
    return path.is_file() and of_edition and not any(part.startswith(".") for part in parts)
