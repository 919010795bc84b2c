"""Runs by the clock, messages that carry counts and ids only, and units that no path can break out of."""

from __future__ import annotations

import configparser
import json
import shutil
import socketserver
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.cities import FEE

from caselens.api import new_workspace
from caselens.core.errors import UsageError
from caselens.operations.cron import Cron, crontab_line, systemd_units
from caselens.operations.notify import Message, Receivers
from caselens.operations.schedule import printed, run_once, schedule

NASTY = [
    "/a b/c",
    "/it's",
    '/say "hi"',
    "/100%",
    "/a\\%b\\",
    "/$HOME/`id`",
    "/;touch x;",
    "/中文 %s $$",
    "/-n",
    "/a\tb",
    "/'%'",
]


@contextmanager
def _web(status=200):
    """A web server on the loopback that keeps what it is sent."""
    got = []

    class Keep(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append((self.path, self.headers["Content-Type"], self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Keep) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/tell", got
        server.shutdown()


@contextmanager
def _mail():
    """A mail server on the loopback: as much of SMTP as a sender needs."""
    got = []

    class Session(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(b"220 here\r\n")
            for line in self.rfile:
                word = line.strip().upper()
                if word == b"DATA":
                    self.wfile.write(b"354 go\r\n")
                    text = b""
                    while not text.endswith(b"\r\n.\r\n"):
                        text += self.rfile.readline()
                    got.append(text)
                elif word == b"QUIT":
                    self.wfile.write(b"221 bye\r\n")
                    return
                self.wfile.write(b"250 ok\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], got
        server.shutdown()


def _workspace(folder, tables, settings=""):
    files = folder / "files"
    files.mkdir()
    for name, text in tables.items():
        (files / f"{name}.csv").write_text(text, encoding="utf-8")
    desk = new_workspace(folder / "w")
    desk.intake(files)
    path = desk.workspace.folder.settings
    path.write_text(path.read_text("utf-8") + settings, encoding="utf-8")
    return desk.workspace.folder.root, files


@pytest.mark.long
def test_new_leads_are_told_by_all_ways_with_counts_and_ids_only(tmp_path):
    kept = tmp_path / "told.json"
    script = f"import sys; open({str(kept)!r}, 'w', encoding='utf-8').write(sys.stdin.read())"
    with _web() as (address, posted), _mail() as (port, mailed):
        settings = (
            f"\n[schedule]\nlabel = 'desk 3'\nwebhook = '{address}'\n"
            f"command = {json.dumps([sys.executable, '-c', script])}\n"
            f"[schedule.email]\nto = ['desk@example.org']\nfrom = 'c@example.org'\nhost = '127.0.0.1'\nport = {port}\n"
            f"security = 'none'\n"
        )
        root, _ = _workspace(tmp_path, FEE, settings)
        ran = run_once(root)
        assert ran.ok and ran.undelivered == ()
        again = run_once(root)  # nothing new: nobody is told
        assert again.ok and again.done.is_empty
    assert len(posted) == len(mailed) == 1
    told = json.loads(posted[0][2])
    assert (told["event"], told["workspace"]) == ("new_leads", "desk 3")
    assert told["counts"]["new_leads"] == len(told["ids"]["leads"]) > 0
    assert told["counts"]["new"] == ran.done.counts["new"]
    assert json.loads(kept.read_text("utf-8")) == told
    for text in (posted[0][2].decode(), mailed[0].decode(), kept.read_text("utf-8")):
        for name in ("王某", "王小", "恒信", "C1", str(tmp_path)):
            assert name not in text


def test_a_failure_is_told_by_its_kind_and_not_by_its_text(tmp_path):
    with _web() as (address, posted):
        root, files = _workspace(
            tmp_path, {"persons": "person_id,name\nO,王某\n"}, f"\n[schedule]\nwebhook = '{address}'\n"
        )
        files.rename(tmp_path / "王某的材料")
        ran = run_once(root)
        assert not ran.ok and ran.done is not None and ran.done.missing == (files,)
        (root / "received_from.json").unlink()
        broken = run_once(root)
        assert broken.done is None and "no folder is known" in broken.error
    first, second = (json.loads(body) for _, _, body in posted)
    assert first["event"] == second["event"] == "failure"
    assert first["counts"]["folders_missing"] == 1 and second["error"] == "UsageError"
    assert "王某" not in json.dumps([first, second], ensure_ascii=False) and str(tmp_path) not in str(posted)


def test_a_receiver_that_does_not_answer_is_told_and_stops_nothing():
    with _web(status=302) as (address, posted):
        to = Receivers.of({"webhook": address, "command": ["/no/such/program"]}, Path("w"))
        failed = to.tell(Message("failure", "w", "now"))
        # A redirect is not followed: the message goes nowhere else.
        assert [path for path, *_ in posted] == ["/tell"]
    assert failed == ["command: FileNotFoundError", "webhook: HTTPError"]
    assert (
        Receivers.of({"on": ["new_leads"], "command": ["/no/such/program"]}, Path("w")).tell(
            Message("failure", "w", "now")
        )
        == []
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"webhok": "http://x"},
        {"webhook": "file:///etc/passwd"},
        {"on": ["always"]},
        {"email": {"to": ["a@b"], "from": "c@d"}},
        {"email": {"to": ["a@b\nBcc: x@y"], "from": "c@d", "host": "h"}},
        {"email": {"to": ["a@b"], "from": "c@d", "host": "h", "password": "x"}},
        {"command": "rm -rf"},
    ],
)
def test_settings_that_are_not_allowed_are_refused_at_once(settings):
    with pytest.raises(UsageError, match="schedule"):
        Receivers.of(settings, Path("w"))


def test_runs_follow_each_other_one_at_a_time_and_a_failed_one_ends_nothing(tmp_path):
    root, files = _workspace(tmp_path, {"persons": "person_id,name\nO,王某\n"})
    seen = []

    def told(ran):
        seen.append(ran)
        if len(seen) == 1:
            files.rename(tmp_path / "away")
        if len(seen) == 2:
            (tmp_path / "away").rename(files)
            (files / "kinships.csv").write_text("person_id,relative_id,relation\nO,X,spouse\n", encoding="utf-8")

    schedule(root, 0.5, runs=3, told=told)
    assert [ran.ok for ran in seen] == [True, False, True]
    assert [ran.done.is_empty for ran in seen] == [False, True, False]


@pytest.mark.long
def test_a_cron_line_really_runs(tmp_path):
    root, _ = _workspace(tmp_path, {"persons": "person_id,name\nO,王某\n"})
    seen, begin = [], time.time()
    schedule(root, Cron.parse("* * * * *"), runs=1, told=seen.append)
    assert len(seen) == 1 and seen[0].ok
    # It waited for the full minute: the run began at second 0 or right after.
    assert datetime.fromisoformat(seen[0].at).second < 10 or time.time() - begin < 60


def _reference(cron, after):
    """The next minute that the five fields allow, by trying minute after minute."""
    moment = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    while True:
        day, weekday = moment.day in cron.days, (moment.weekday() + 1) % 7 in cron.weekdays
        fits_day = (day and weekday) if cron.is_any_day or cron.is_any_weekday else (day or weekday)
        if moment.month in cron.months and fits_day and moment.hour in cron.hours and moment.minute in cron.minutes:
            return moment
        moment += timedelta(minutes=1)


_HOURS = st.sampled_from(["*", "*/6", "2", "8-18/5", "0,12"])
_LINES = st.tuples(
    st.sampled_from(["0", "*/15", "5,35", "10-50/20", "59"]),
    _HOURS,
    st.sampled_from(["*", "1", "1-7", "*/10", "31"]),
    st.sampled_from(["*", "1-12/2", "jan,JUL", "3"]),
    st.sampled_from(["*", "1", "mon-fri", "0", "7", "5-7", "*/2"]),
).map(" ".join)


@given(_LINES, st.integers(0, 366 * 24 * 60))
@example("0 9 * * 1", 0)
@example("0 0 1 * 1", 0)
def test_a_cron_line_means_what_cron_means(line, minutes):
    cron = Cron.parse(line)
    after = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    found = cron.trigger(UTC).get_next_fire_time(None, after + timedelta(seconds=1))
    assert found == _reference(cron, after)


def test_weekdays_count_from_sunday():
    assert Cron.parse("0 9 * * 1").weekdays == (1,) and Cron.parse("0 9 * * 7").weekdays == (0,)
    monday = datetime(2026, 11, 22, 12, tzinfo=UTC)  # a Sunday
    assert Cron.parse("0 9 * * 1").trigger(UTC).get_next_fire_time(None, monday).strftime("%A") == "Monday"


@pytest.mark.parametrize(
    "line", ["", "* * * *", "60 * * * *", "* * 0 * *", "x * * * *", "5-1 * * * *", "*/0 * * * *", "1;2 * * * *"]
)
def test_what_is_no_cron_line_is_refused(line):
    with pytest.raises(UsageError, match="cron"):
        Cron.parse(line)


def _as_cron_reads(line):
    """What cron gives to the shell: after five fields, ``%`` is a line end unless a backslash stands before it."""
    text, told, escaped = line.rstrip("\n").split(" ", 5)[5], [], False
    for sign in text:
        if escaped:
            if sign == "%":
                told.pop()
            told.append(sign)
            escaped = False
        elif sign == "%":
            raise AssertionError("cron would end the command here")
        else:
            told.append(sign)
            escaped = sign == "\\"
    return "".join(told)


@pytest.mark.parametrize("path", NASTY)
def test_a_crontab_line_hands_on_any_path_as_it_is(path):
    show = [sys.executable, "-c", "import json,sys; print(json.dumps(sys.argv[1:]))", path, "end"]
    line = crontab_line(Cron.parse("0 2 * * *"), show)
    assert line.count("\n") == 1
    found = subprocess.run(["/bin/sh", "-c", _as_cron_reads(line)], capture_output=True, text=True, check=True)
    assert json.loads(found.stdout) == [path, "end"]


@given(st.text(st.characters(exclude_characters="\0\n\r", exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_no_text_breaks_out_of_a_crontab_line(text):
    import shlex

    assert shlex.split(_as_cron_reads(crontab_line(Cron.parse("0 2 * * *"), ["run", text]))) == ["run", text]


def test_a_path_with_a_line_break_is_no_crontab_line(tmp_path):
    with pytest.raises(UsageError, match="line break"):
        printed("cron", Cron.parse("@daily"), tmp_path / "a\n* * * * * rm x", None)


def _as_systemd_reads(text):
    """A command line by the rules of systemd.service(5) and systemd.syntax(7) that concern double-quoted words."""
    words, at = [], 0
    while at < len(text):
        assert text[at] == '"'
        word, at = [], at + 1
        while text[at] != '"':
            sign = text[at]
            if sign == "\\":
                if text[at + 1] == "x":
                    word.append(chr(int(text[at + 2 : at + 4], 16)))
                    at += 4
                    continue
                word.append(text[at + 1])
                at += 2
                continue
            if sign in "%$":
                assert text[at + 1] == sign
                at += 1
            word.append(sign)
            at += 1
        words.append("".join(word))
        assert text[at + 1 : at + 2] in ("", " ")
        at += 2
    return words


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20))
@example("/a b\n[Service]\nExecStart=/bin/evil")
@example('/100% of "$HOME" \\')
def test_a_systemd_unit_hands_on_any_path_as_it_is(text):
    service = systemd_units(Cron.parse("@daily"), ["/usr/bin/run", text])["caselens-refresh.service"]
    lines = [line for line in service.split("\n") if line.startswith("ExecStart=")]
    assert len(lines) == 1 and _as_systemd_reads(lines[0].removeprefix("ExecStart=")) == ["/usr/bin/run", text]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("line", ["0 9 * * 1", "*/15 8-18 * * mon-fri", "0 2 1,15 * *", "30 23 * 1-3 *", "0 0 1 * 0"])
def test_systemd_understands_the_timer_as_cron_does(line, tmp_path):
    cron = Cron.parse(line)
    after = datetime(2026, 11, 23, 12, 7, tzinfo=UTC)
    found = []
    for when in cron.calendar():
        told = subprocess.run(
            ["systemd-analyze", "calendar", f"--base-time={after:%Y-%m-%d %H:%M:%S} UTC", f"{when} UTC"],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        text = next(row for row in told.splitlines() if "Next elapse" in row).split(": ", 1)[1]
        found.append(datetime.strptime(text, "%a %Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC))
    assert min(found) == _reference(cron, after)


def test_the_printed_unit_names_the_workspace(tmp_path):
    text = printed("systemd", Cron.parse("0 2 * * *"), tmp_path / "w 1", None)
    parser = configparser.RawConfigParser(strict=False)
    parser.read_string(text)
    assert _as_systemd_reads(parser["Service"]["ExecStart"])[-3:] == ["refresh", str(tmp_path / "w 1"), "--no-reports"]
    assert parser["Timer"]["Persistent"] == "true"
