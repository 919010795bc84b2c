"""One encrypted, signed file out of many, and back: age over a ZIP that holds a manifest and its signature.

    package = age( ZIP( files…, PACKAGE.json, PACKAGE.json.sig ) )

The manifest lists every file with its size and SHA-256, and who the package is for; the signature is of the manifest.
Packing leaves no readable copy on disk. The way back is ``operations.opening``.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import threading
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from caselens.core import progress
from caselens.core.errors import UsageError
from caselens.operations import keys
from caselens.workspace.folder import written_beside

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MANIFEST, SIGNATURE = "PACKAGE.json", "PACKAGE.json.sig"
FORMAT = "caselens-package-1"
BLOCK = 1 << 20
#: The same for every file: when a report was last touched is nobody's business.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def pack(
    files: Iterable[tuple[str, Path]],
    out: Path,
    to: Sequence[str],
    key: Ed25519PrivateKey,
    told: Mapping[str, object],
) -> dict[str, Any]:
    """Write one package; gives its manifest.

    Args:
        files: name in the package (relative, ``/`` between parts) and file. A file is hashed as it is packed, so one
            that changes meanwhile fits its hash.
        out: the package; an older one is replaced in one step.
        to: public keys, or files of them.
        key: signs the manifest.
        told: what else the manifest says (``kind``, ``cases``, ``signed_by`` …).

    Raises:
        UsageError: a key is none, or a name or link among the files is not safe.
    """
    import pyrage

    encrypting, public = keys.recipients(to)
    listed = sorted(files)
    for name, file in listed:
        if file.is_symlink() or is_unsafe(name):
            raise UsageError(f"{name!r} is a link or has an unsafe name; it is not packed 文件名不安全或为链接")
    manifest = {"format": FORMAT, **told, "made_at": _now(), "to": public, "files": list[dict[str, Any]]()}
    reading, writing = os.pipe()
    failed: list[BaseException] = []

    def write() -> None:
        try:
            with open(writing, "wb") as sink:
                _zip(listed, sink, manifest, key)
        except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits
            failed.append(error)

    with written_beside(out) as temporary:
        writer = threading.Thread(target=write, name="pack")
        with open(reading, "rb") as source, open(temporary, "wb", opener=private) as target:
            writer.start()
            try:
                pyrage.encrypt_io(source, target, encrypting)
            finally:
                source.close()  # lets the writer end where the encryption failed
                writer.join()
            target.flush()
            os.fsync(target.fileno())
        if failed:
            raise failed[0]
    return manifest


def _zip(files: Sequence[tuple[str, Path]], sink: IO[bytes], manifest: dict[str, Any], key: Ed25519PrivateKey) -> None:
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for done, (name, file) in enumerate(files):
            progress.step("pack", done, len(files))
            digest, size = hashlib.sha256(), 0
            with open(file, "rb") as source, archive.open(_info(name), "w", force_zip64=True) as member:
                while block := source.read(BLOCK):
                    digest.update(block)
                    size += len(block)
                    member.write(block)
            manifest["files"].append({"path": name, "bytes": size, "sha256": digest.hexdigest()})
        progress.step("pack", len(files), len(files))
        content = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
        archive.writestr(_info(MANIFEST), content)
        archive.writestr(_info(SIGNATURE), keys.sign(content, key))


def is_unsafe(name: str) -> bool:
    """Whether a name in a package could lead out of the folder it is unpacked into, or is one of the package's own."""
    parts = name.split("/")
    return (
        any(part in ("", ".", "..") or len(part.encode("utf-8", "surrogatepass")) > 255 for part in parts)
        or any(mark in name for mark in "\\:")
        or not name.isprintable()
        or name.casefold() in (MANIFEST.casefold(), SIGNATURE.casefold())
    )


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _NO_TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = (stat.S_IFREG | 0o600) << 16
    return info


def private(name: str, flags: int) -> int:
    """An ``opener`` for :func:`open`: for the owner only."""
    return os.open(name, flags, 0o600)


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
