"""Files of a workspace that are no longer what was written: a disk that failed, a copy cut short, a hand that slipped.

Every file of accepted or quarantined rows has its SHA-256 in the catalog. A damaged Parquet file need not look damaged:
one bit in a column of amounts gives another amount. So hashes are compared before a screening and by ``caselens check``,
at the speed of reading the files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from caselens.core.errors import DataError, Problem
from caselens.workspace.accept import Accepted
from caselens.workspace.catalog import Catalog, Entry


@dataclass(frozen=True, slots=True)
class Damage:
    """One damaged or missing file, and the entry whose rows were in it."""

    path: Path
    entry: Entry
    is_missing: bool

    def told(self, root: Path) -> Problem:
        """The damage as a problem: the file's name in the workspace, the given file it belongs to, what to do."""
        what = "is missing 缺失" if self.is_missing else "is not what was written 与写入时不符"
        reason = (
            f"{what}; rows of {self.entry.source_file} were in it; make it again: caselens repair {root.name} 可修复"
        )
        return Problem(self.path.relative_to(root).as_posix(), 0, reason)


def damaged(catalog: Catalog) -> list[Damage]:
    """The files in force that are not as they were written.

    Of a workspace that an older version made, which kept no hashes, only files are found that cannot be opened.
    """
    found = []
    for entry in catalog.entries():
        for part in entry.tables:
            for path, digest in _files(catalog, entry, part):
                if not path.exists():
                    found.append(Damage(path, entry, True))
                elif not (_hash(path) == digest if digest else _opens(path)):
                    found.append(Damage(path, entry, False))
    return found


def demand_whole(catalog: Catalog) -> None:
    """Nothing is concluded from rows that are not those that were accepted.

    Raises:
        DataError: a file is damaged; its problems name each.
    """
    found = damaged(catalog)
    if found:
        root = catalog.folder.root
        raise DataError("files of the workspace are damaged 工作区文件损坏", [item.told(root) for item in found])


def hashes(paths: dict[str, Path]) -> dict[str, str]:
    """The SHA-256 of those of the files that there are."""
    return {name: _hash(path) for name, path in paths.items() if path.exists()}


def _files(catalog: Catalog, entry: Entry, part: Accepted) -> Iterator[tuple[Path, str]]:
    places = {
        "accepted": (catalog.parquet, part.accepted),
        "quarantine": (catalog.quarantine, part.quarantined),
        "superseded": (catalog.superseded, part.conflicts),
    }
    for name, (place, rows) in places.items():
        if rows:
            yield place(entry, part.table), part.hashes.get(name, "")


def _hash(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _opens(path: Path) -> bool:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        pq.read_metadata(path)
    except (OSError, pa.ArrowException):
        return False
    return True
