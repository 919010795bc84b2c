"""What raw files are called in a workspace: as received, unless the name is taken or no file system would have it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import PurePosixPath

_MAX_NAME = 200  # bytes; file systems take 255, and a piece of hash may be added


class Names:
    """The names that the raw files of a workspace have, and free ones for more."""

    def __init__(self, taken: Iterator[str] | tuple[str, ...] = ()) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()
        for name in taken:
            self._take(name)

    def _take(self, name: str) -> str:
        self._files.add(name)
        self._folders.update(parent.as_posix() for parent in PurePosixPath(name).parents)
        return name

    def _clashes(self, name: str) -> bool:
        parents = (parent.as_posix() for parent in PurePosixPath(name).parents)
        return name in self._files or name in self._folders or any(parent in self._files for parent in parents)

    def free(self, name: str, sha256: str) -> str:
        """``name`` if it is free; else with a piece of the file's hash, which also shortens a name that is too long."""
        path = PurePosixPath(name)
        parts = [_shortened(part) for part in path.parts]
        name = PurePosixPath(*parts).as_posix()
        if self._clashes(name):
            last = PurePosixPath(parts[-1])
            parts[-1] = f"{last.stem}~{sha256[:8]}{last.suffix}"
            name = PurePosixPath(*parts).as_posix()
        if self._clashes(name):
            name = PurePosixPath(f"{parts[0]}~{sha256[:8]}", *parts[1:]).as_posix()
        return self._take(name)


def _shortened(part: str) -> str:
    """A name that is too long for a file system keeps its beginning, its ending and what tells it from others."""
    encoded = part.encode("utf-8", "surrogateescape")
    if len(encoded) <= _MAX_NAME:
        return part
    suffix = PurePosixPath(part).suffix[:16]
    digest = hashlib.sha256(encoded).hexdigest()[:8]
    return f"{encoded[:120].decode('utf-8', 'ignore')}~{digest}{suffix}"
