"""A package as it leaves the office and as somebody opens it who was sent it, or something else."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest
from tests.cities import FEE, desk_of

from caselens.api import Desk
from caselens.cli import main
from caselens.core.errors import DataError, UsageError
from caselens.operations import keys
from caselens.operations.deliver import deliver, own_key
from caselens.operations.opening import open_package
from caselens.operations.package import MANIFEST, SIGNATURE, pack


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return desk_of(tmp_path_factory.mktemp("office"), FEE)


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """Report folders as a batch leaves them: the case asked for, another one, the index of both."""
    for case, text in (("C1", "第一案"), ("C2", "别的案件")):
        (tmp_path / "reports" / case / "zh").mkdir(parents=True)
        (tmp_path / "reports" / case / "zh" / "index.html").write_text(text, encoding="utf-8")
    (tmp_path / "reports" / "C1" / "证据.xlsx").write_bytes(b"a workbook")
    (tmp_path / "reports" / "C1" / "zh" / ".index.html.part").write_text("half", encoding="utf-8")
    (tmp_path / "reports" / "index.html").write_text("全部案件", encoding="utf-8")
    return tmp_path / "reports"


@pytest.fixture
def receiver(tmp_path: Path) -> tuple[Path, str]:
    """A secret key's file and its public key."""
    return tmp_path / "receiver.key", keys.new_identity(tmp_path / "receiver.key")


@pytest.fixture
def sent(desk: Desk, reports: Path, receiver: tuple[Path, str], tmp_path: Path) -> Path:
    deliver(desk, ["C1"], [receiver[1]], tmp_path / "sent.age", reports)
    return tmp_path / "sent.age"


def office_key(desk: Desk) -> str:
    return keys.public_keys(own_key(desk))[0]


def nothing_in(folder: Path) -> bool:
    """Neither the folder asked for nor a half of it beside it."""
    return not folder.exists() and not list(folder.parent.glob(f".{folder.name}*"))


def test_what_was_sent_arrives_and_says_who_signed(desk, sent, receiver, tmp_path):
    found = open_package(sent, receiver[0], tmp_path / "got", [office_key(desk)])
    names = sorted(path.relative_to(tmp_path / "got").as_posix() for path in (tmp_path / "got").rglob("*.*"))
    # Neither the other case, nor the index that names it, nor what a run left half-written.
    assert names == ["C1/zh/index.html", "C1/证据.xlsx", MANIFEST, SIGNATURE]
    assert (tmp_path / "got/C1/zh/index.html").read_text("utf-8") == "第一案"
    assert found.known and found.signer.fingerprint.startswith("SHA256:")
    assert found.manifest["cases"] == ["C1"]


def test_nobody_else_can_read_it_and_nothing_readable_is_left_beside_it(desk, sent, tmp_path):
    assert MANIFEST.encode() not in sent.read_bytes() and "第一案".encode() not in sent.read_bytes()
    assert not list(tmp_path.glob(".*"))
    keys.new_identity(tmp_path / "other.key")
    with pytest.raises(DataError, match="not made for this key"):
        open_package(sent, tmp_path / "other.key", tmp_path / "got")
    assert nothing_in(tmp_path / "got")


@pytest.mark.parametrize("part", ["head", "middle", "end", "appended", "cut", "cut_in_head", "empty", "another"])
def test_whatever_happened_on_the_way_is_a_sentence_and_leaves_nothing(sent, receiver, tmp_path, part):
    whole = sent.read_bytes()

    def flipped(at: int) -> bytes:
        return whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]

    changed = {
        "head": flipped(5),
        "middle": flipped(len(whole) // 2),
        "end": flipped(len(whole) - 1),
        "appended": whole + b"x",
        "cut": whole[:-100],
        "cut_in_head": whole[:100],
        "empty": b"",
        "another": b"PK\x03\x04 something else",
    }[part]
    sent.write_bytes(changed)
    with pytest.raises(DataError, match="sent.age was not opened"):
        open_package(sent, receiver[0], tmp_path / "got")
    assert nothing_in(tmp_path / "got")


def test_signed_by_somebody_else_is_refused_only_where_a_signer_was_named(desk, reports, receiver, tmp_path):
    stranger = keys.new_signing_key(tmp_path / "stranger", "someone")
    deliver(desk, ["C1"], [receiver[1]], tmp_path / "p.age", reports, tmp_path / "stranger")
    with pytest.raises(DataError, match=f"did not name: {stranger.fingerprint.replace('+', '.')}"):
        open_package(tmp_path / "p.age", receiver[0], tmp_path / "got", [office_key(desk)])
    assert nothing_in(tmp_path / "got")
    found = open_package(tmp_path / "p.age", receiver[0], tmp_path / "got")
    assert found.signer.line == stranger.line and not found.known


def contents(package: Path, identity: Path) -> dict[str, bytes]:
    """What is in a package, name by name."""
    plain = pyrage.decrypt(package.read_bytes(), keys.identities(identity))
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repacked(parts: dict[str, bytes], to: str) -> bytes:
    """The parts as a package of whoever has the receiver's public key, which is public."""
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return pyrage.encrypt(plain.getvalue(), [pyrage.x25519.Recipient.from_str(to)])


@pytest.mark.parametrize("change", ["page", "manifest", "more", "less", "no_signature", "signature"])
def test_a_package_made_anew_with_something_changed_is_refused(sent, receiver, tmp_path, change):
    parts = contents(sent, receiver[0])
    match change:
        case "page":
            parts["C1/zh/index.html"] = b"nothing to see here"
        case "manifest":
            parts[MANIFEST] = parts[MANIFEST].replace(b'"C1"', b'"C9"')
        case "more":
            parts["C1/more.html"] = b"added"
        case "less":
            del parts["C1/证据.xlsx"]
        case "no_signature":
            del parts[SIGNATURE]
        case "signature":
            parts[SIGNATURE] = parts[SIGNATURE].replace(b"U1NIU0lH", b"U1NIU0lI")
    sent.write_bytes(repacked(parts, receiver[1]))
    with pytest.raises(DataError):
        open_package(sent, receiver[0], tmp_path / "got")
    assert nothing_in(tmp_path / "got")


def test_passed_on_under_the_first_signature_is_told_from_sent(sent, receiver, tmp_path):
    # The receiver encrypts the signed content to somebody whom the office never meant.
    parts = contents(sent, receiver[0])
    third = keys.new_identity(tmp_path / "third.key")
    sent.write_bytes(repacked(parts, third))
    with pytest.raises(DataError, match="somebody passed it on"):
        open_package(sent, tmp_path / "third.key", tmp_path / "got")


def hostile(names: dict[str, bytes], to: str, key: Path, *, sizes: dict[str, int] | None = None) -> bytes:
    """A package with a right signature by somebody who means harm."""
    import hashlib

    listed = [
        {"path": name, "bytes": (sizes or {}).get(name, len(text)), "sha256": hashlib.sha256(text).hexdigest()}
        for name, text in names.items()
    ]
    manifest = json.dumps({"format": "caselens-package-1", "to": [to], "files": listed}).encode()
    return repacked({**names, MANIFEST: manifest, SIGNATURE: keys.sign(manifest, keys.signing_key(key)).encode()}, to)


@pytest.mark.parametrize(
    "name",
    ["../out.html", "/etc/out", "a/../../out", "a//b", "a/./b", "a\\..\\b", "C:out", "a\nb", "a\x00b", "x" * 300, "package.json", "."],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_is_refused(receiver, tmp_path, name):
    keys.new_signing_key(tmp_path / "bad", "")
    (tmp_path / "p.age").write_bytes(hostile({"good.html": b"x", name: b"x"}, receiver[1], tmp_path / "bad"))
    with pytest.raises(DataError):
        open_package(tmp_path / "p.age", receiver[0], tmp_path / "deep" / "got")
    assert nothing_in(tmp_path / "deep" / "got")
    assert not list(tmp_path.rglob("out*"))


@pytest.mark.parametrize("names", [("a", "a/b"), ("Ab.html", "aB.html"), ("\u00e9.html", "e\u0301.html")])
def test_names_that_are_one_on_some_systems_are_refused(receiver, tmp_path, names):
    keys.new_signing_key(tmp_path / "bad", "")
    (tmp_path / "p.age").write_bytes(hostile(dict.fromkeys(names, b"x"), receiver[1], tmp_path / "bad"))
    with pytest.raises(DataError, match="safe|one on some"):
        open_package(tmp_path / "p.age", receiver[0], tmp_path / "got")


def test_a_file_larger_than_announced_is_not_unpacked(receiver, tmp_path):
    keys.new_signing_key(tmp_path / "bad", "")
    bomb = hostile({"a.html": b"x" * 5_000_000}, receiver[1], tmp_path / "bad", sizes={"a.html": 10})
    (tmp_path / "p.age").write_bytes(bomb)
    with pytest.raises(DataError, match="not what its manifest says"):
        open_package(tmp_path / "p.age", receiver[0], tmp_path / "got")
    assert nothing_in(tmp_path / "got")


def test_a_bomb_is_refused_by_its_ratio_and_by_its_size(receiver, tmp_path, monkeypatch):
    from caselens.operations import opening

    monkeypatch.setattr(opening, "SMALL", 1_000_000)
    big = tmp_path / "big"
    big.write_bytes(bytes(3_000_000))  # zeros: deflated to about a thousandth
    key = keys.new_signing_key(tmp_path / "k", "") and keys.signing_key(tmp_path / "k")
    pack([("big", big)], tmp_path / "p.age", [receiver[1]], key, {})
    monkeypatch.setattr(opening, "MAX_RATIO", 500)
    with pytest.raises(DataError, match="times its size"):
        open_package(tmp_path / "p.age", receiver[0], tmp_path / "got")
    monkeypatch.setattr(opening, "MAX_RATIO", 10_000)
    monkeypatch.setattr(opening, "MAX_UNPACKED", 2_999_999)
    with pytest.raises(DataError, match="more than 2,999,999 bytes"):
        open_package(tmp_path / "p.age", receiver[0], tmp_path / "got")
    assert nothing_in(tmp_path / "got")


def test_a_link_in_a_package_or_among_the_reports_goes_nowhere(desk, reports, receiver, tmp_path):
    (reports / "C1" / "link.html").symlink_to("/etc/hostname")
    with pytest.raises(UsageError, match="link"):
        deliver(desk, ["C1"], [receiver[1]], tmp_path / "p.age", reports)
    assert not (tmp_path / "p.age").exists() and not list(tmp_path.glob(".*"))


def test_what_cannot_be_delivered_says_what_to_do(desk, reports, receiver, tmp_path):
    with pytest.raises(UsageError, match="--to KEY"):
        deliver(desk, ["C1"], [], tmp_path / "p.age", reports)
    with pytest.raises(UsageError, match="there is no case 'C7'"):
        deliver(desk, ["C7"], [receiver[1]], tmp_path / "p.age", reports)
    with pytest.raises(UsageError, match="caselens report"):
        deliver(desk, ["C1"], [receiver[1]], tmp_path / "p.age", tmp_path / "nowhere")
    (reports / "C1" / "zh" / "index.html").write_text('<section class="failed" lang="zh-CN">', encoding="utf-8")
    with pytest.raises(UsageError, match="failed"):
        deliver(desk, ["C1"], [receiver[1]], tmp_path / "p.age", reports)
    with pytest.raises(UsageError, match="secret key"):
        deliver(desk, ["C1"], [str(receiver[0])], tmp_path / "p.age", reports)


def test_a_key_is_its_owners_and_never_overwritten(desk, receiver, tmp_path):
    keys.new_signing_key(tmp_path / "sign", "")
    for path in (receiver[0], tmp_path / "sign", own_key(desk)):
        assert path.stat().st_mode & 0o777 == 0o600
    before = receiver[0].read_bytes()
    with pytest.raises(UsageError, match="never overwritten"):
        keys.new_identity(receiver[0])
    assert receiver[0].read_bytes() == before


def test_several_receivers_and_a_file_of_keys(desk, reports, receiver, tmp_path):
    second = keys.new_identity(tmp_path / "second.key")
    (tmp_path / "team.txt").write_text(f"# the team\n{receiver[1]}\n\n{second}\n", encoding="utf-8")
    deliver(desk, ["C1"], [str(tmp_path / "team.txt")], tmp_path / "p.age", reports)
    for number, secret in enumerate((receiver[0], tmp_path / "second.key")):
        assert open_package(tmp_path / "p.age", secret, tmp_path / f"got{number}").files == 2


def test_one_key_of_openssh_receives_and_signs(desk, reports, tmp_path):
    signer = keys.new_signing_key(tmp_path / "ssh", "组织")
    deliver(desk, ["C1"], [f"{signer.line} someone"], tmp_path / "p.age", reports, tmp_path / "ssh")
    assert open_package(tmp_path / "p.age", tmp_path / "ssh", tmp_path / "got", [signer.line]).known


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="no ssh-keygen on the PATH")
def test_openssh_verifies_what_was_signed_here_and_the_other_way_round(sent, desk, receiver, tmp_path):
    open_package(sent, receiver[0], tmp_path / "got")
    (tmp_path / "allowed").write_text(f"office {office_key(desk)}\n", encoding="utf-8")
    verify = ["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", "office", "-n", "caselens"]
    message = (tmp_path / "got" / MANIFEST).read_bytes()
    done = subprocess.run(
        [*verify, "-s", f"got/{SIGNATURE}"], cwd=tmp_path, input=message, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "own"], cwd=tmp_path, check=True)
    sign = ["ssh-keygen", "-q", "-Y", "sign", "-f", "own", "-n", "caselens"]
    text = subprocess.run(sign, cwd=tmp_path, input=b"said", capture_output=True, check=True).stdout.decode()
    assert keys.verify(b"said", text).line == keys.signers([str(tmp_path / "own.pub")])[0].line
    other = subprocess.run([*sign[:-1], "git"], cwd=tmp_path, input=b"said", capture_output=True, check=True).stdout
    with pytest.raises(DataError, match="unknown kind"):
        keys.verify(b"said", other.decode())


def test_an_opening_that_was_killed_is_made_good_by_the_next(sent, receiver, tmp_path):
    half = tmp_path / ".got.opening"
    half.mkdir()
    (half / "C1").write_text("half", encoding="utf-8")
    open_package(sent, receiver[0], tmp_path / "got")
    assert (tmp_path / "got/C1/证据.xlsx").exists() and not half.exists()


@pytest.fixture
def caselens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """The command line in this process: its exit status and everything it printed."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["caselens", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out + said.err

    return run


def test_by_the_command_line_from_key_to_opened_package(caselens, desk, reports, tmp_path):
    workspace = desk.workspace.folder.root
    public = caselens("keys", "new", "me.key")[1].strip()
    assert public.startswith("age1")
    status, said = caselens(
        "deliver", workspace, "--case", "C1", "--to", public, "--reports", reports, "--out", "p.age"
    )
    assert status == 0, said
    office = caselens("keys", "show", workspace)[1].splitlines()
    (tmp_path / "office.pub").write_text(f"{office[0]} 云江组\n", encoding="utf-8")
    status, said = caselens("open", "p.age", "--identity", "me.key", "--signer", "office.pub", "--out", "got")
    assert status == 0 and "云江组" in said and office[1].split()[-1] in said
    assert "ask the sender" in caselens("open", "p.age", "--identity", "me.key", "--out", "got2")[1]
    (tmp_path / "p.age").write_bytes((tmp_path / "p.age").read_bytes()[:-1])
    status, said = caselens("open", "p.age", "--identity", "me.key", "--out", "got3")
    assert status == 1 and "cut short" in said and "p.age" in said
    assert caselens("open", "p.age", "--identity", "me.key", "--out", "got")[0] == 2


def test_an_edition_goes_by_itself_and_names_neither_case_nor_office(desk, reports, receiver, tmp_path):
    (reports / "C1" / "zh-redacted").mkdir()
    (reports / "C1" / "zh-redacted" / "index.html").write_text("甲1", encoding="utf-8")
    deliver(desk, ["C1"], [receiver[1]], tmp_path / "full.age", reports)
    assert not [name for name in contents(tmp_path / "full.age", receiver[0]) if "redacted" in name]
    deliver(desk, ["C1"], [receiver[1]], tmp_path / "red.age", reports, edition="redacted")
    parts = contents(tmp_path / "red.age", receiver[0])
    assert [name.partition("/")[2] for name in parts] == ["zh-redacted/index.html", "", ""]
    assert not [name for name, text in parts.items() if b"C1" in text or "C1" in name or desk.title.encode() in text]


def test_what_went_out_is_in_the_audit_log_with_its_keys(desk, reports, receiver, tmp_path):
    manifest = deliver(desk, ["C1"], [receiver[1]], tmp_path / "p.age", reports, purpose="移送")
    entry = desk.workspace.store.audit.entries()[-1]
    assert (entry.action, entry.object, entry.purpose) == ("deliver", "C1", "移送")
    assert receiver[1] in str(entry.details)
    number, digest = manifest["audit_head"].split(":")
    assert desk.workspace.store.audit.verify([(int(number), digest)]).ok
