"""JupyterLab as an analyst starts it: loopback and token, the first notebook runs and shows the network, jobs run too."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest
from tests.cities import FEE, desk_of

from caselens.operations.lab import START, lab_command

pytestmark = pytest.mark.long
#: Seconds for a kernel to start, ten cells to run and pictures to be drawn, on a busy machine.
PATIENCE = 240


class Server:
    """A running JupyterLab."""

    def __init__(self, url: str, token: str, folder: Path) -> None:
        self.url, self.token, self.folder = url, token, folder

    def ask(self, path, body=None, token=None):
        """A JSON answer of the server."""
        headers = {
            "Authorization": f"token {self.token if token is None else token}",
            "Content-Type": "application/json",
        }
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, data, headers), timeout=30) as answer:
            return json.loads(answer.read())


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    workspace = desk_of(folder, FEE).workspace.folder.root
    command, environment = lab_command(workspace, port=free_port(), browser=False)
    # Nothing of the person who runs the tests is read or written.
    homes = {f"JUPYTER_{name}_DIR": str(folder / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    homes["JUPYTERLAB_WORKSPACES_DIR"] = str(folder / "workspaces")
    # As root, as in a container, Jupyter asks to be told.
    command.append("--allow-root")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment | homes, stdout=log, stderr=log)
    try:
        yield _started(process, folder)
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()


def _started(process, folder):
    for _ in range(PATIENCE):
        found = list((folder / "runtime").glob("jpserver-*.json"))
        if found:
            told = json.loads(found[0].read_text())
            server = Server(f"http://{told['hostname']}:{told['port']}/", told["token"], folder)
            try:
                server.ask("api/status")
                return server
            except (urllib.error.URLError, ConnectionError):
                pass
        assert process.poll() is None, (folder / "log").read_text()
        time.sleep(1)
    raise AssertionError((folder / "log").read_text())


def test_it_listens_on_loopback_and_wants_its_token(server):
    assert server.url.startswith("http://127.0.0.1:") and len(server.token) >= 40
    for token in ("", "wrong"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            server.ask("api/contents", token=token)
        assert refused.value.code == 403
    names = {item["name"] for item in server.ask("api/contents")["content"]}
    assert {START, "30_network.ipynb", "85_city.ipynb"} <= names


@pytest.mark.chromium
def test_the_first_notebook_runs_and_shows_the_network(server, chromium):
    from playwright.sync_api import sync_playwright

    before = Path(lab_command(Path())[0][5].split("=")[1], START).read_bytes()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--headless"])
        page = browser.new_page(viewport={"width": 1366, "height": 1000})
        page.goto(f"{server.url}?token={server.token}")
        page.wait_for_url(f"**/lab/tree/{START}", timeout=PATIENCE * 1000)
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=PATIENCE * 1000)
        # The kernel is there; a dialog that asks for one would be a fault.
        _wait_for_kernel(page, server)
        _run_all(page)
        assert _network(page, server).locator(".cl-network .times input").count() == 2
        assert page.locator(".jp-OutputArea-output[data-mime-type*='stderr'] pre:has-text('Traceback')").count() == 0
        browser.close()
    # Running a notebook in the tests saves nothing.
    assert Path(lab_command(Path())[0][5].split("=")[1], START).read_bytes() == before


def _wait_for_kernel(page, server):
    """Server and page must both say that the kernel is idle: the page's own sign is so before there is any, and cells
    that are run then are passed over without a word.
    """
    for _ in range(PATIENCE):
        kernels = [session["kernel"] for session in server.ask("api/sessions")]
        if any(kernel["execution_state"] == "idle" and kernel["connections"] for kernel in kernels):
            break
        page.wait_for_timeout(1000)
    page.get_by_text(re.compile(r"\| Idle$")).first.wait_for(state="attached", timeout=PATIENCE * 1000)


def _run_all(page):
    """Run all cells by the menu, as a person would: again where nothing began, for a menu may close under the pointer
    while the page is still being put together.
    """
    from playwright.sync_api import TimeoutError as TooLate

    begun = page.locator(".jp-InputPrompt", has_text=re.compile(r"\[(\*|\d+)\]")).first
    for _ in range(10):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        with contextlib.suppress(TooLate):
            begun.wait_for(state="attached", timeout=20_000)
            return
    raise AssertionError("no cell began to run")


def _network(page, server):
    """The frame that has drawn the network.

    Jupyter keeps in the page only the cells that are near the window, and where the window stands after a run depends
    on which cell finished when: it is moved through the notebook, from the top again after the end, until the
    picture is met.
    """
    from playwright.sync_api import Error as PlaywrightError

    for _ in range(PATIENCE):
        for frame in page.frames:
            # A frame may leave the page with its cell while it is asked.
            with contextlib.suppress(PlaywrightError):
                if frame.locator(".cl-network[data-drawn=yes] canvas").count():
                    return frame
        page.evaluate(
            """() => {
                const outer = document.querySelector(".jp-WindowedPanel-outer");
                if (!outer) return;
                const end = outer.scrollTop + outer.clientHeight >= outer.scrollHeight - 1;
                outer.scrollTo(0, end ? 0 : outer.scrollTop + 250);
            }"""
        )
        page.wait_for_timeout(1000)
    seen = page.locator(".jp-Notebook").inner_text()
    log = (server.folder / "log").read_text(errors="replace")
    raise AssertionError(f"the network was not drawn\n{seen[-4000:]}\n{log[-4000:]}")


def test_a_notebook_runs_as_a_job_with_parameters(server):
    pytest.importorskip("jupyter_scheduler", reason="extra jobs is not installed")
    job = {
        "name": "network",
        "input_uri": "30_network.ipynb",
        "runtime_environment_name": "caselens",
        "output_formats": ["ipynb"],
        # Jupyter writes a parameter into the notebook as it is given: a text needs its quotes.
        "parameters": {"language": '"en"', "case_id": '"C1"'},
    }
    number = server.ask("scheduler/jobs", job)["job_id"]
    for _ in range(PATIENCE):
        told = server.ask(f"scheduler/jobs/{number}")
        # A job that has not begun yet is called stopped.
        if told["status"] not in ("STOPPED", "CREATED", "QUEUED", "IN_PROGRESS"):
            break
        time.sleep(1)
    assert told["status"] == "COMPLETED", told
    (written,) = (server.folder / "data" / "scheduler_staging_area" / number).glob("*-2*.ipynb")
    notebook = nbformat.read(written, as_version=4)
    shown = [output.data for cell in notebook.cells for output in cell.get("outputs", ()) if "data" in output]
    # The workspace is the one that the laboratory was opened with, the language the one of the job.
    assert any("<Case C1 '云江区融资服务费'" in data.get("text/plain", "") for data in shown)
    assert any("To be innocent it would need" in data.get("text/html", "") for data in shown)
