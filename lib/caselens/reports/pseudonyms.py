"""Pseudonyms of a case: the same party is called the same in every edition, and nobody can guess who it is.

A pseudonym is a keyed digest (HMAC-SHA-256, RFC 2104) of what it stands for, under a secret of the workspace and the
case. Without the secret a list of names cannot be tried out against it, and two cases cannot be laid side by side.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from caselens.core.errors import UsageError
from caselens.core.text import Language, Text

#: Where the secret of a workspace lies, readable by its owner only. Who holds it can undo the pseudonyms.
KEY_FILE = "redaction.key"
_KEY_BYTES = 32
#: Neither vowels, which could spell a word, nor signs that are read for each other.
_SIGNS = "23456789BCDFGHJKMNPQRSTVWXZ"
_SHORTEST, _OF_RECORDS, _LONGEST = 5, 10, 50
_PARTY = "party"

#: What a pseudonym of each kind is headed by.
WORDS: dict[str, Text] = {
    "person": Text("人员", "Person"),
    "organization": Text("单位", "Organization"),
    "account": Text("账户", "Account"),
    "case": Text("案件", "Case"),
    "file": Text("文件", "File"),
    "sheet": Text("表", "Sheet"),
    "name": Text("名称", "Name"),
    "record": Text("编号", "No."),
}


def secret_of(workspace: Path) -> bytes:
    """The redaction secret of a workspace folder, made by the system's random source when first asked for.

    Raises:
        UsageError: the file is there and holds something else. It is never replaced: pseudonyms given out before
            could not be matched any more.
    """
    path = workspace / KEY_FILE
    fresh = secrets.token_bytes(_KEY_BYTES)
    try:
        # Exclusive creation under another name and a link: two processes at once agree on one secret.
        draft = workspace / f".{KEY_FILE}.{os.getpid()}-{secrets.token_hex(4)}"
        with open(draft, "wb", opener=lambda name, flags: os.open(name, flags | os.O_EXCL, 0o600)) as file:
            file.write(fresh.hex().encode())
        try:
            if not path.exists():
                os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        found = bytes.fromhex(path.read_text("ascii"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{KEY_FILE} of the workspace cannot be used: {error}") from error
    if len(found) != _KEY_BYTES:
        raise UsageError(f"{KEY_FILE} of the workspace holds {len(found)} bytes, not {_KEY_BYTES}")
    return found


class Pseudonyms:
    """The pseudonyms of one case in one language; the codes are the same in both.

    Args:
        secret: of the workspace, see :func:`secret_of`.
        scope: what may be linked: the case's id, or an empty text for one set of pseudonyms over the whole workspace.
        language: of the word before the code.
        parties: ids of all parties of the workspace: their codes are made just long enough to tell all of them apart.
            A party that joins later can only lengthen a code, never change its beginning.
    """

    def __init__(self, secret: bytes, scope: str, language: Language, parties: Iterable[str] = ()) -> None:
        self._key = hmac.new(secret, f"scope\0{scope}".encode(), hashlib.sha256).digest()
        self.language = language
        self._codes: dict[tuple[str, str], str] = {}
        digests = [self._digest(_PARTY, party) for party in set(parties)]
        self._party_length = next(
            (n for n in range(_SHORTEST, _LONGEST) if len({digest[:n] for digest in digests}) == len(digests)), _LONGEST
        )

    def _digest(self, kind: str, value: str) -> str:
        number = int.from_bytes(
            hmac.new(self._key, f"{kind}\0{value}".encode(errors="surrogatepass"), "sha256").digest()
        )
        signs = []
        for _ in range(_LONGEST):
            number, place = divmod(number, len(_SIGNS))
            signs.append(_SIGNS[place])
        return "".join(signs)

    def code(self, kind: str, value: str) -> str:
        """The bare code of a record: 10 signs, by which 1,000,000 records collide with a probability of 0.24 %."""
        place = (kind, value)
        if place not in self._codes:
            self._codes[place] = self._digest(kind, value)[:_OF_RECORDS]
        return self._codes[place]

    def party_code(self, entity_id: str) -> str:
        """The bare code of a party."""
        place = (_PARTY, entity_id)
        if place not in self._codes:
            self._codes[place] = self._digest(_PARTY, entity_id)[: self._party_length]
        return self._codes[place]

    def party(self, kind: str, entity_id: str) -> str:
        """What the party ``entity_id`` is called; ``kind`` is ``person`` or ``organization`` and only words it."""
        return self._worded(WORDS[kind] if kind in WORDS else WORDS["name"], self.party_code(entity_id))

    def of(self, kind: str, value: str, word: Text | None = None) -> str:
        """What anything else is called: an account, a file, a number; ``word`` heads kinds without one of their own."""
        return self._worded(word or WORDS.get(kind, WORDS["record"]), self.code(kind, value))

    def _worded(self, word: Text, code: str) -> str:
        return f"{word.zh}{code}" if self.language == "zh" else f"{word.en} {code}"
