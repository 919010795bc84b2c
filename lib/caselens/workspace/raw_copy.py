"""A raw file copied unchanged, hashed, and looked at: what its bytes say before anybody parses it."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np

from caselens.workspace.staging import ODD_BLANKS, Shape


def copy_settled(source: Path, target: Path, tries: int = 3) -> Shape | None:
    """As :func:`copy_and_hash`, but ``None`` where the file changed while it was read, ``tries`` times in a row.

    Somebody still writes it: half a file is no evidence, and the next intake takes the whole one.
    """
    for _ in range(tries):
        before = source.stat()
        shape = copy_and_hash(source, target)
        after = source.stat()
        if (before.st_size, before.st_mtime_ns, before.st_ino) == (after.st_size, after.st_mtime_ns, after.st_ino):
            return shape
    return None


def copy_and_hash(source: Path, target: Path) -> Shape:
    """Copy a file unchanged and look at the bytes of the copy.

    Hashing what was written, not what was read, a file changed meanwhile cannot differ from its hash.
    """
    shutil.copyfile(source, target)
    target.chmod(0o600)
    return look_at(target)


def look_at(path: Path) -> Shape:
    """What the bytes of a file say before anybody parses it; at the speed of reading it."""
    digest, newlines, returns, pairs, last = hashlib.sha256(), 0, 0, 0, b"\n"
    has_nul = has_odd_blanks = False
    tail = b""
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
            newlines += int(np.count_nonzero(np.frombuffer(chunk, np.uint8) == 10))
            if returned := chunk.count(b"\r"):
                returns += returned
                pairs += chunk.count(b"\r\n")
            pairs += last == b"\r" and chunk.startswith(b"\n")
            has_nul = has_nul or b"\0" in chunk
            # A blank of two or three bytes may lie across two chunks.
            has_odd_blanks = has_odd_blanks or _has_odd_blank(chunk) or _has_odd_blank(tail + chunk[:2])
            last, tail = chunk[-1:], chunk[-2:]
    return Shape(digest.hexdigest(), newlines + (last != b"\n"), has_nul, returns > pairs, has_odd_blanks)


def _has_odd_blank(chunk: bytes) -> bool:
    # One byte is found several times faster than three, and the first byte of these is rare in Chinese text.
    return any(blank[:1] in chunk and blank in chunk for blank in ODD_BLANKS)
