"""Keys of whoever receives a package (age) and of whoever signs one (Ed25519 in OpenSSH's form).

Both are plain text files in formats that other tools read: a package can be opened with ``age``, ``unzip`` and
``ssh-keygen -Y`` where there is no Caselens. Sources: age-encryption.org/v1; OpenSSH, PROTOCOL.sshsig.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caselens.core.errors import DataError, UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

#: What the signature is about; one made for anything else (a login, a commit) does not count.
NAMESPACE = "caselens"
_MAGIC, _KIND, _HASH = b"SSHSIG", b"ssh-ed25519", b"sha512"
_ARMOR = ("-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----")
_SECRET = ("AGE-SECRET-KEY-", "-----BEGIN ")
_MAX_FILE = 1_000_000


@dataclass(frozen=True, slots=True)
class Signer:
    """A public signing key: its line as OpenSSH writes it, without the name, and the name it bears."""

    line: str
    name: str = ""

    @property
    def fingerprint(self) -> str:
        """``SHA256:…`` as ``ssh-keygen -l`` prints it: short enough to compare by telephone."""
        digest = hashlib.sha256(base64.b64decode(self.line.split()[1])).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def new_identity(path: Path) -> str:
    """Write a new secret key for receiving packages, for its owner only; gives the public key to hand out.

    Raises:
        UsageError: the file exists; a key is never overwritten.
    """
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    _write_new(path, f"# Caselens. Keep this file to yourself 请妥善保管\n# public key: {public}\n{identity}\n")
    return public


def new_signing_key(path: Path, name: str) -> Signer:
    """Write a new secret key for signing packages, for its owner only; gives its public part.

    Raises:
        UsageError: the file exists; a key is never overwritten.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = Ed25519PrivateKey.generate()
    text = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    _write_new(path, text)
    return Signer(signer_of(key).line, _one_line(name))


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The secret signing key in a file.

    Raises:
        UsageError: there is no such file, or it holds no Ed25519 key of OpenSSH without a passphrase.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key

    try:
        key = load_ssh_private_key(_read(path), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UsageError(
            f"{path} holds no signing key that can be used (Ed25519, no passphrase) 不是签名密钥"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{path} holds another kind of key; make one with: caselens keys new FILE --signing")
    return key


def signer_of(key: Ed25519PrivateKey) -> Signer:
    """The public part of a signing key."""
    raw = key.public_key().public_bytes_raw()
    return Signer(f"{_KIND.decode()} {base64.b64encode(_text(_KIND) + _text(raw)).decode()}")


def recipients(words: Iterable[str]) -> tuple[list[Any], list[str]]:
    """Whom a package is for: each word is a public key, or a file with one a line (``#`` begins a remark).

    Returns:
        what encrypts, and the public keys as text, each once.

    Raises:
        UsageError: a word is neither, a line is no public key, or a secret key was given.
    """
    import pyrage

    lines = list(dict.fromkeys(line for word in words for line in _lines(word)))
    if not lines:
        raise UsageError("say who receives it: --to KEY (a public key, or a file of them) 请指定接收方公钥")
    found = []
    for line in lines:
        kind = pyrage.ssh.Recipient if line.startswith("ssh-") else pyrage.x25519.Recipient
        try:
            found.append(kind.from_str(line))
        except pyrage.RecipientError as error:
            raise UsageError(f"{line[:20]}… is no public key (age1… or ssh-ed25519 …) 不是公钥") from error
    return found, lines


def signers(words: Iterable[str]) -> list[Signer]:
    """Who may have signed: each word is a public signing key, or a file with one a line, its name behind it.

    Raises:
        UsageError: a word is neither, or a line is no Ed25519 key.
    """
    return [_signer(line) for word in words for line in _lines(word)]


def identities(path: Path) -> list[Any]:
    """The secret keys in a file that open packages: age's own, or an Ed25519 key of OpenSSH.

    Raises:
        UsageError: there is no such file, or no usable key in it.
    """
    import pyrage

    content = _read(path)
    try:
        if content.startswith(b"-----BEGIN "):
            return [pyrage.ssh.Identity.from_buffer(content)]
        lines = [line.strip() for line in content.decode("ascii", "ignore").splitlines()]
        found = [pyrage.x25519.Identity.from_str(line) for line in lines if line.startswith("AGE-SECRET-KEY-")]
    except pyrage.IdentityError as error:
        raise UsageError(f"{path} holds no secret key that can be used 无法使用此私钥文件") from error
    if not found:
        raise UsageError(f"{path} holds no secret key; make one with: caselens keys new FILE 此文件中没有私钥")
    return found


def public_keys(path: Path) -> list[str]:
    """The public parts of the secret key in a file, as they are handed out."""
    if _read(path).startswith(b"-----BEGIN "):
        return [signer_of(signing_key(path)).line]
    return [str(identity.to_public()) for identity in identities(path)]


def sign(message: bytes, key: Ed25519PrivateKey) -> str:
    """A signature of ``message`` as ``ssh-keygen -Y sign -n caselens`` writes it."""
    public = base64.b64decode(signer_of(key).line.split()[1])
    signature = _text(_KIND) + _text(key.sign(_signed(message, _HASH)))
    blob = _MAGIC + struct.pack(">I", 1) + b"".join(map(_text, (public, NAMESPACE.encode(), b"", _HASH, signature)))
    lines = re.findall(".{1,70}", base64.b64encode(blob).decode())
    return "\n".join((_ARMOR[0], *lines, _ARMOR[1])) + "\n"


def verify(message: bytes, signature: str) -> Signer:
    """Who signed ``message``; that this key is the office's it claims to be is for the caller to know.

    Raises:
        DataError: the signature is damaged, of another kind, or not of this message.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        public, hashed, raw = _parsed(signature)
        Ed25519PublicKey.from_public_bytes(public).verify(raw, _signed(message, hashed))
    except (ValueError, struct.error) as error:
        raise DataError("its signature is damaged or of an unknown kind; do not use it 签名损坏，请勿使用") from error
    except InvalidSignature as error:
        raise DataError("its signature does not fit its content; do not use it 签名与内容不符，请勿使用") from error
    return Signer(f"{_KIND.decode()} {base64.b64encode(_text(_KIND) + _text(public)).decode()}")


def _parsed(signature: str) -> tuple[bytes, bytes, bytes]:
    begin, end = signature.find(_ARMOR[0]), signature.find(_ARMOR[1])
    if begin < 0 or end < begin:
        raise ValueError("no armor")
    blob = base64.b64decode("".join(signature[begin + len(_ARMOR[0]) : end].split()), validate=True)
    if not blob.startswith(_MAGIC + struct.pack(">I", 1)):
        raise ValueError("another version")
    public, namespace, _, hashed, wrapped = _fields(blob[len(_MAGIC) + 4 :], 5)
    kind, key = _fields(public, 2)
    signed_by, raw = _fields(wrapped, 2)
    if (kind, signed_by, namespace.decode()) != (_KIND, _KIND, NAMESPACE) or hashed not in (b"sha256", _HASH):
        raise ValueError("another kind of signature")
    return key, hashed, raw


def _signed(message: bytes, hashed: bytes) -> bytes:
    digest = hashlib.new(hashed.decode(), message).digest()
    return _MAGIC + b"".join(map(_text, (NAMESPACE.encode(), b"", hashed, digest)))


def _text(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content


def _fields(blob: bytes, count: int) -> list[bytes]:
    fields = []
    for _ in range(count):
        (length,) = struct.unpack_from(">I", blob)
        if length > len(blob) - 4:
            raise ValueError("cut short")
        fields.append(blob[4 : 4 + length])
        blob = blob[4 + length :]
    if blob:
        raise ValueError("more than was announced")
    return fields


def _signer(line: str) -> Signer:
    kind, _, rest = line.partition(" ")
    key, _, name = rest.strip().partition(" ")
    try:
        if kind.encode() != _KIND or [len(part) for part in _fields(base64.b64decode(key, validate=True), 2)] != [
            11,
            32,
        ]:
            raise ValueError("another kind of key")
    except (ValueError, struct.error) as error:
        raise UsageError(f"{line[:30]}… is no public signing key (ssh-ed25519 …) 不是签名公钥") from error
    return Signer(f"{kind} {key}", _one_line(name))


def _lines(word: str) -> list[str]:
    """The keys a word stands for: itself, or the lines of the file it names."""
    if word.startswith(("age1", "ssh-")):
        return [word.strip()]
    if word.startswith(_SECRET):
        raise UsageError("that is a secret key: give its public part, and keep the secret to yourself 请勿给出私钥")
    text = _read(Path(word)).decode("utf-8", "replace")
    if any(mark in text for mark in _SECRET):
        raise UsageError(
            f"{word} holds a secret key: give the public part (caselens keys show) 这是私钥文件，请给出公钥"
        )
    return [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def _read(path: Path) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(_MAX_FILE)
    except OSError as error:
        raise UsageError(f"{path} is no key and no file that can be read 既不是密钥，也不是可读取的文件") from error


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]


def _write_new(path: Path, text: str) -> None:
    """Write a secret: whole, for its owner only, and never over another."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise UsageError(f"{path} exists already; a key is never overwritten 文件已存在，密钥不会被覆盖") from error
    with open(handle, "w", encoding="utf-8") as file:
        file.write(text)
