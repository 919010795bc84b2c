"""A package as it was received: decrypted, checked, unpacked.

Nothing is unpacked before signature, names, sizes and hashes were found right, and what is unpacked takes its place in
one rename.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from caselens.core.errors import DataError, UsageError
from caselens.operations import keys
from caselens.operations.package import BLOCK, FORMAT, MANIFEST, SIGNATURE, is_unsafe, private

#: Bounds of what is opened; a package beyond them is refused, not cut.
MAX_FILES, MAX_UNPACKED, MAX_MANIFEST, MAX_SIGNATURE = 200_000, 50_000_000_000, 100_000_000, 10_000
#: A file may be at most this many times its packed size, beyond ``SMALL`` bytes.
MAX_RATIO, SMALL = 1_000, 50_000_000


@dataclass(frozen=True, slots=True)
class Opened:
    """What was in a package.

    ``signer`` has the name that the receiver knows the key by; where the receiver named no keys (``known`` false), the
    name that the package itself gives, which proves nothing.
    """

    manifest: Mapping[str, Any]
    signer: keys.Signer
    known: bool

    @property
    def files(self) -> int:
        """How many files there were."""
        return len(self.manifest["files"])


def open_package(package: Path, identity: Path, out: Path, signers: Sequence[str] = ()) -> Opened:
    """Decrypt and check a package and unpack it into ``out``.

    Args:
        package: the file.
        identity: file with the secret key it was made for.
        out: folder; it must not exist, or be empty.
        signers: public signing keys (or files of them); where given, only a package signed by one of them is opened.

    Raises:
        DataError: it is no package, not for this key, damaged, changed, not signed as expected, or unsafe to unpack;
            then nothing is in ``out``.
        UsageError: ``out`` holds something, or a key is none.
    """
    if not package.is_file():
        raise UsageError(f"there is no file {package} 没有此文件")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} exists already and is not an empty folder; choose another name 输出文件夹已存在且非空")
    known = keys.signers(signers)
    secret, mine = keys.identities(identity), keys.public_keys(identity)
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        # The file has no name: it is gone with this process, whatever happens.
        with tempfile.TemporaryFile(dir=out.parent, prefix=".open-") as plain:
            _decrypt(package, plain, secret)
            plain.seek(0)
            with zipfile.ZipFile(plain) as archive:
                opened = _checked(archive, known)
                _made_for(opened.manifest, mine)
                _room_for(opened.manifest, out.parent)
                _unpack(archive, opened.manifest, out)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise _refused(
            package, "what is in it is no package of Caselens, or is damaged 内容不是镜鉴文件包，或已损坏"
        ) from error
    except DataError as error:
        raise _refused(package, str(error)) from error
    return opened


def _decrypt(package: Path, plain: IO[bytes], secret: list[Any]) -> None:
    import pyrage

    with open(package, "rb") as source:
        try:
            pyrage.decrypt_io(source, plain, secret)
        except pyrage.DecryptError as error:
            if "No matching keys" in str(error):
                raise DataError(
                    "it was not made for this key; ask for one to your public key 此文件包不是给此密钥的"
                ) from error
            raise DataError("it is no age file, or its beginning is damaged 不是 age 加密文件，或文件头损坏") from error
        except OSError as error:
            if error.errno:  # of the disk, not of the content
                raise DataError(f"it cannot be decrypted here: {error.strerror} 无法在此处解密") from error
            raise DataError(
                "it was changed or cut short on its way; ask for it again 文件被改动或不完整，请重新索取"
            ) from error


def _checked(archive: zipfile.ZipFile, known: Sequence[keys.Signer]) -> Opened:
    """Everything that can be wrong with the content, looked at before any of it is unpacked."""
    infos = archive.infolist()
    if len(infos) > MAX_FILES + 2:
        raise DataError(f"it has {len(infos):,} files; at most {MAX_FILES:,} are opened 文件过多")
    by_name = {info.filename: info for info in infos}
    if MANIFEST not in by_name or SIGNATURE not in by_name or len(by_name) != len(infos):
        raise DataError("it has no manifest or no signature, or a name twice 缺少清单或签名，或文件名重复")
    content = _small(archive, by_name[MANIFEST], MAX_MANIFEST)
    signer = keys.verify(content, _small(archive, by_name[SIGNATURE], MAX_SIGNATURE).decode("ascii", "replace"))
    named = {item.line: item for item in known}
    if named and signer.line not in named:
        raise DataError(f"it is signed by a key that you did not name: {signer.fingerprint} 签名者不在指定名单内")
    manifest = _manifest(content)
    _check_names([item["path"] for item in manifest["files"]])
    if {item["path"] for item in manifest["files"]} != by_name.keys() - {MANIFEST, SIGNATURE}:
        raise DataError("its files are not those its manifest lists 文件与清单不符")
    if sum(item["bytes"] for item in manifest["files"]) > MAX_UNPACKED:
        raise DataError(f"it unpacks into more than {MAX_UNPACKED:,} bytes 解压后过大")
    for item in manifest["files"]:
        info = by_name[item["path"]]
        if stat.S_ISLNK(info.external_attr >> 16) or info.is_dir():
            raise DataError(f"{item['path']!r} is no plain file 不是普通文件")
        if info.file_size > SMALL and info.file_size > MAX_RATIO * max(info.compress_size, 1):
            raise DataError(f"{item['path']!r} unpacks into more than {MAX_RATIO:,} times its size 解压倍数过大")
        _copy(archive, info, item, None)
    shown = named.get(signer.line) or keys.Signer(signer.line, str(manifest.get("signed_by", "")))
    return Opened(manifest, shown, bool(named))


def _manifest(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DataError("its manifest cannot be read 清单无法读取") from error
    listed = found.get("files") if isinstance(found, dict) else None
    whole = isinstance(listed, list) and all(
        isinstance(item, dict)
        and isinstance(item.get("path"), str)
        and type(item.get("bytes")) is int
        and item["bytes"] >= 0
        and isinstance(item.get("sha256"), str)
        for item in listed
    )
    if not whole or found.get("format") != FORMAT:
        raise DataError(f"its manifest is not of the kind {FORMAT}; it may need a newer Caselens 清单格式不支持")
    return dict(found)


def _check_names(names: Sequence[str]) -> None:
    """Every name stays inside the folder, and none is another's folder or twin on a system that folds letters."""
    folded = [unicodedata.normalize("NFC", name).casefold() for name in names]
    folders = {parent.as_posix() for name in folded for parent in PurePosixPath(name).parents}
    for name, plain in zip(names, folded, strict=True):
        if is_unsafe(name) or plain in folders:
            raise DataError(f"the name {name[:80]!r} is not safe to unpack 文件名不安全")
    if len(set(folded)) != len(folded):
        raise DataError("two of its names are one on some systems 文件名重复")


def _made_for(manifest: Mapping[str, Any], mine: Sequence[str]) -> None:
    """Somebody who received a signed package may have encrypted it anew to others: then its list does not name them."""
    listed = {" ".join(str(line).split()[:2]) for line in manifest.get("to", ())}
    if not listed & set(mine):
        raise DataError(
            "whoever signed it did not make it for you: somebody passed it on 签名者并非将其交给您，系他人转发"
        )


def _room_for(manifest: Mapping[str, Any], folder: Path) -> None:
    needed, free = sum(item["bytes"] for item in manifest["files"]), shutil.disk_usage(folder).free
    if needed > free:
        raise DataError(f"it needs {needed:,} bytes and {free:,} are free 磁盘空间不足")


def _unpack(archive: zipfile.ZipFile, manifest: Mapping[str, Any], out: Path) -> None:
    half = out.with_name(f".{out.name}.opening")
    shutil.rmtree(half, ignore_errors=True)  # left by an opening that was killed
    half.mkdir(mode=0o700)
    try:
        for item in manifest["files"]:
            target = half / item["path"]
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(target, "xb", opener=private) as file:
                _copy(archive, archive.getinfo(item["path"]), item, file)
        for name in (MANIFEST, SIGNATURE):
            with open(half / name, "xb", opener=private) as file:
                file.write(archive.read(name))
        os.replace(half, out)
    except OSError as error:
        raise DataError(f"it cannot be unpacked here: {error.strerror or error} 无法在此处解压") from error
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _copy(archive: zipfile.ZipFile, info: zipfile.ZipInfo, item: Mapping[str, Any], target: IO[bytes] | None) -> None:
    """Read one file, no more of it than was announced, compare it with the manifest, and write it where asked."""
    digest, left = hashlib.sha256(), item["bytes"]
    with archive.open(info) as source:
        while block := source.read(min(BLOCK, left + 1)):
            left -= len(block)
            if left < 0:
                break
            digest.update(block)
            if target is not None:
                target.write(block)
    if left or digest.hexdigest() != item["sha256"]:
        raise DataError(f"{item['path']!r} is not what its manifest says 文件与清单不符")


def _small(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    with archive.open(info) as source:
        content = source.read(most + 1)
    if len(content) > most:
        raise DataError(f"its {info.filename} is larger than {most:,} bytes 清单过大")
    return content


def _refused(package: Path, reason: str) -> DataError:
    return DataError(f"{package.name} was not opened: {reason}")
