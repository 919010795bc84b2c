"""Whatever the system's default, what a workspace, its reports and its exports hold is for their owner only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cities import FEE, desk_of

from caselens.operations import keys, write_reports
from caselens.operations.deliver import deliver
from caselens.operations.exports import export
from caselens.operations.opening import open_package

#: Whole runs through files and processes: minutes together.
pytestmark = pytest.mark.long


@pytest.fixture(autouse=True)
def _everybody_may_read_by_default() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_to_others(*folders: Path) -> list[str]:
    """What in these folders, themselves included, somebody else could read, write or enter."""
    paths = [path for folder in folders for path in (folder, *folder.rglob("*"))]
    assert len(paths) > len(folders), "nothing was written"
    return [str(path) for path in paths if path.lstat().st_mode & 0o077]


def test_a_workspace_its_exports_and_packages(tmp_path):
    desk = desk_of(tmp_path / "office", FEE)
    desk.screen()
    desk.workspace.store.decide("dismiss", "findings", ["x"], "tried", "tester")
    export(desk.findings(), tmp_path / "out" / "findings.csv", "csv")
    export(desk.findings(), tmp_path / "out" / "findings.parquet", "parquet")
    page = tmp_path / "reports" / "C1" / "zh" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("x")
    public = keys.new_identity(tmp_path / "out" / "me.key")
    deliver(desk, ["C1"], [public], tmp_path / "out" / "p.age", tmp_path / "reports")
    open_package(tmp_path / "out" / "p.age", tmp_path / "out" / "me.key", tmp_path / "out" / "got")
    assert (desk.workspace.folder.root / "store.db").exists()
    assert open_to_others(desk.workspace.folder.root, tmp_path / "out") == []


def test_by_the_command_line_without_a_workspace_too(tmp_path):
    command = [sys.executable, "-m", "caselens.cli", "templates", "given"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert open_to_others(tmp_path / "given") == []


def test_half_of_what_a_command_writes_is_no_more_open_than_the_whole(tmp_path):
    from caselens.workspace.folder import written_beside

    desk = desk_of(tmp_path / "office", FEE)
    with written_beside(tmp_path / "office" / "part.parquet") as half:
        desk.workspace.con.execute(f"COPY (SELECT 1) TO '{half}' (FORMAT parquet)")
        assert half.stat().st_mode & 0o077 == 0


@pytest.mark.long
def test_reports_their_folders_and_what_their_runs_leave(tmp_path):
    desk = desk_of(tmp_path / "office", FEE)
    written = write_reports(desk, tmp_path / "reports", languages=["zh"])
    assert written[0].outcome.ok, written[0].outcome.reason
    assert open_to_others(desk.workspace.folder.root, tmp_path / "reports") == []


@pytest.mark.long
def test_jupyter_listens_on_this_machine_only_and_asks_for_its_token(tmp_path):
    desk = desk_of(tmp_path / "office", FEE)
    runtime, config = tmp_path / "runtime", tmp_path / "config" / "jupyter_server_config.json"
    config.parent.mkdir()
    # A configuration from elsewhere that would open it to everybody; tests may run as root, which Jupyter asks about.
    config.write_text(json.dumps({"ServerApp": {"ip": "0.0.0.0", "open_browser": False, "allow_root": True}}))
    environment = {**os.environ, "JUPYTER_RUNTIME_DIR": str(runtime), "JUPYTER_CONFIG_DIR": str(config.parent)}
    command = [sys.executable, "-m", "caselens.cli", "lab", str(desk.workspace.folder.root)]
    running = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        told = _server(runtime, running)
        assert told["hostname"] == "127.0.0.1" and len(told["token"]) >= 32
        assert open_to_others(runtime) == []
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{told['url']}api/contents", timeout=30)
        assert refused.value.code == 403
        asked = urllib.request.Request(
            f"{told['url']}api/contents", headers={"Authorization": f"token {told['token']}"}
        )
        assert urllib.request.urlopen(asked, timeout=30).status == 200
    finally:
        if running.poll() is None:
            os.killpg(running.pid, 15)
        running.wait(60)


def _server(runtime: Path, running: subprocess.Popen[bytes]) -> dict[str, str]:
    for _ in range(240):
        for file in runtime.glob("jpserver-*.json"):
            try:
                found: dict[str, str] = json.loads(file.read_text())
                urllib.request.urlopen(f"{found['url']}api", timeout=5)
            except (ValueError, OSError):
                continue
            return found
        assert running.poll() is None, "JupyterLab ended"
        time.sleep(0.5)
    raise AssertionError("JupyterLab did not come up")
