"""ZIP archives: their members are files of their own, under safe names and within bounds."""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from caselens.core.errors import DataError, Problem

MAX_MEMBERS = 10_000
MAX_UNPACKED = 50_000_000_000
#: A member that unpacks into more than ``SMALL`` bytes may be at most ``MAX_RATIO`` times its packed size.
MAX_RATIO, SMALL = 200, 50_000_000
_NO_FILES = {".ds_store", "thumbs.db", "desktop.ini"}
_ENCRYPTED, _UTF8_NAME = 0x1, 0x800


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive: its name in it, and why it is not unpacked (or "")."""

    info: zipfile.ZipInfo
    name: str
    refusal: str


def is_ignored(name: str) -> bool:
    """Files that a system puts beside others and nobody delivers: hidden ones, and those of a desktop."""
    parts = PurePosixPath(name).parts
    return any(part.startswith(".") and part != ".." for part in parts) or (
        bool(parts) and (parts[-1].lower() in _NO_FILES or parts[0] == "__MACOSX")
    )


def is_archive(path: Path) -> bool:
    """Whether a file is called an archive (a workbook is one too, by content)."""
    return path.suffix.lower() == ".zip"


def members(path: Path) -> list[Member]:
    """The files of an archive in its order, each with the reason it is refused, if any.

    Raises:
        DataError: it is no readable archive, has too many members, or unpacks into too much.
    """

    def refuse(reason: str) -> DataError:
        return DataError("archive refused", [Problem(path.name, 0, reason)])

    try:
        with zipfile.ZipFile(path) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise refuse(f"its content is no ZIP archive ({error}) 内容不是 ZIP 压缩包") from error
    if len(infos) > MAX_MEMBERS:
        raise refuse(f"{len(infos):,} files; at most {MAX_MEMBERS:,} are unpacked 文件过多")
    unpacked = sum(info.file_size for info in infos)
    if unpacked > MAX_UNPACKED:
        raise refuse(f"it unpacks into {unpacked:,} bytes; at most {MAX_UNPACKED:,} 解压后过大")
    named = [(info, _name(info)) for info in infos]
    return [Member(info, name, _refusal(info, name)) for info, name in named if not is_ignored(name)]


def _name(info: zipfile.ZipInfo) -> str:
    """The member's name. Archives made on Chinese systems hold it in GBK without saying so."""
    if info.flag_bits & _UTF8_NAME:
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _refusal(info: zipfile.ZipInfo, name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or "\0" in name or not path.name:
        return "its name leads out of the archive; it was not unpacked 路径不安全,未解压"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "it is a link; it was not unpacked 为链接,未解压"
    if info.flag_bits & _ENCRYPTED:
        return "it is encrypted; unpack it with its password and give the file 已加密,请解密后提供"
    if info.file_size > SMALL and info.file_size > MAX_RATIO * max(info.compress_size, 1):
        return (
            f"it unpacks from {info.compress_size:,} to {info.file_size:,} bytes, more than {MAX_RATIO} times; "
            "it was not unpacked 解压倍数过大,未解压"
        )
    if path.suffix.lower() == ".zip":
        return "an archive inside an archive is not unpacked; give it by itself 压缩包内的压缩包未解压,请单独提供"
    return ""


def unpack(path: Path, wanted: list[Member], folder: Path) -> Iterator[tuple[Member, Path | None, str]]:
    """Unpack ``wanted`` one by one into ``folder`` under a name of ours.

    Gives each member with its file, which the caller may move and which is removed before the next; or with ``None``
    and the reason. What an archive says about a member's size is checked while it is unpacked.
    """
    if not wanted:
        return
    target = folder / "member"
    with zipfile.ZipFile(path) as archive:
        for member in wanted:
            if member.refusal:
                yield member, None, member.refusal
                continue
            try:
                with archive.open(member.info) as source, open(target, "wb") as to:
                    shutil.copyfileobj(source, to, 1 << 20)
            except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError) as error:
                yield member, None, f"it cannot be unpacked ({error}) 无法解压"
                continue
            yield member, target, ""
            target.unlink(missing_ok=True)
