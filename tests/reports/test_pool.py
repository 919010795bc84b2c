"""Many notebooks side by side: nothing of one reaches another, and what goes wrong in one stays there."""

import json
import os
import signal
import time
from pathlib import Path

import nbformat
import papermill
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from caselens.reports.pool import Ended, Pool, Progress
from caselens.reports.run import LOG, NOTEBOOK, job_of, scratch_beside, settle

#: Whole runs through files and processes: minutes together.
pytestmark = pytest.mark.long

GB = 1 << 30


@pytest.fixture(scope="module")
def pool():
    with Pool() as shared:
        yield shared


@pytest.fixture
def write(tmp_path):
    def written(name: str, *cells: str) -> Path:
        parameters = new_code_cell("case_id = ''\nlanguage = 'zh'", metadata={"tags": ["parameters"]})
        path = tmp_path / f"{name}.ipynb"
        nbformat.write(new_notebook(cells=[parameters, *map(new_code_cell, cells)]), path)
        return path

    return written


@pytest.fixture
def run_all(pool, tmp_path):
    """Run notebooks in one batch; gives their outcomes by name."""

    def ran(*notebooks: Path, at_once: int = 2, keep: bool = False, pool: Pool = pool, **limits):
        from contextlib import ExitStack

        with ExitStack() as stack:
            jobs = []
            for path in notebooks:
                out = tmp_path / "out" / path.stem / "index.html"
                scratch = stack.enter_context(scratch_beside(out))
                job = job_of(path, {"case_id": path.stem}, "en", **limits)
                jobs.append({**job, "scratch": str(scratch), "out": str(out)})
            ended = [event for event in pool.run(jobs, at_once) if isinstance(event, Ended)]
            assert sorted(event.job["out"] for event in ended) == sorted(job["out"] for job in jobs)
            return {
                Path(event.job["out"]).parent.name: settle(
                    event, Path(event.job["scratch"]), Path(event.job["out"]), keep=keep
                )
                for event in ended
            }

    return ran


def text_of(outcome) -> str:
    return outcome.page.read_text(encoding="utf-8")


LOOK = """
import builtins, gc, json, locale, os, pathlib, random, resource, signal, sys, tempfile, threading, warnings
import numpy, pandas, plotly.io
import caselens
def handles():
    numbers = [f"/proc/self/fd/{n}" for n in os.listdir("/proc/self/fd")]
    names = [os.readlink(place) for place in numbers if os.path.lexists(place)]
    return sorted(name for name in names if not name.startswith(("pipe:", "/proc", "/dev")) and "run.log" not in name)
def processes():
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                found.append((entry / "cmdline").read_bytes().decode(errors="replace"))
            except OSError:
                pass
    return sum("left-by-a-case" in line for line in found)
seen = {
    "names": sorted(name for name in globals() if name.startswith("left_")),
    "main": sorted(name for name in vars(sys.modules["__main__"]) if name.startswith("left_")),
    "builtin": hasattr(builtins, "left_behind"),
    "attribute": hasattr(caselens, "left_behind"),
    "patched": pandas.DataFrame.head.__name__,
    "modules": sorted(name for name in sys.modules if name.startswith("left_")),
    "path": [entry for entry in sys.path if "left" in entry],
    "environment": sorted(name for name in os.environ if name.startswith("LEFT_")),
    "folder": os.getcwd(),
    "handles": handles(),
    "temporary": os.listdir(tempfile.gettempdir()),
    "threads": [thread.name for thread in threading.enumerate() if thread.name.startswith("left")],
    "processes": processes(),
    "figure": plotly.io.templates.default,
    "option": pandas.get_option("display.max_rows"),
    "random": random.getstate()[1][:3] == numpy.random.get_state()[1][:3].tolist(),
    "draw": random.random() == 0.13436424411240122,
    "warnings": len([w for w in warnings.filters if w[0] == "error"]),
    "signal": signal.getsignal(signal.SIGTERM) == signal.SIG_DFL,
    "files": resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 64,
    "mask": oct(os.umask(0o022)),
    "history": list(get_ipython().history_manager.get_range(output=False))[:-1] and len(In) > 4,
    "objects": sum(type(o).__name__ == "LeftBehind" for o in gc.get_objects()),
}
"""

LEAVE = """
class LeftBehind: pass
left_name = LeftBehind(); builtins.left_behind = left_name; caselens.left_behind = left_name
sys.modules["left_module"] = builtins; sys.path.insert(0, "/left"); os.environ["LEFT_VARIABLE"] = "1"
def patched(self, n=5): return self
pandas.DataFrame.head = patched
left_handle = open(os.path.join(tempfile.gettempdir(), "left.txt"), "w"); left_handle.write("x"); left_handle.flush()
left_inherited = os.open("/etc/hostname", os.O_RDONLY); os.set_inheritable(left_inherited, True)
threading.Thread(target=lambda: signal.pause() if False else __import__("time").sleep(600), name="left-thread").start()
import subprocess
script = "import os, time\\nif os.fork() == 0:\\n os.setsid()\\n if os.fork() == 0: time.sleep(600)\\n os._exit(0)"
subprocess.run([sys.executable, "-S", "-c", script, "left-by-a-case"])
subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)", "left-by-a-case"])
subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)", "left-by-a-case"], start_new_session=True)
plotly.io.templates.default = "plotly_dark"; pandas.set_option("display.max_rows", 7); random.seed(1)
warnings.simplefilter("error"); signal.signal(signal.SIGTERM, signal.SIG_IGN); os.umask(0); os.chdir("/")
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
"""

TELL = "print('SEEN', json.dumps(seen))"


def test_nothing_that_a_case_leaves_behind_reaches_the_next(write, run_all):
    before = write("before", LOOK, TELL)
    # A first look proves that the next cell really leaves things where they are looked for.
    leaving = write("leaving", LOOK, LEAVE, LOOK, TELL)
    after = write("after", LOOK, TELL)
    outcomes = run_all(before, leaving, after, at_once=1)
    assert [outcome.reason for outcome in outcomes.values()] == ["", "", ""]

    def seen(name):
        text = text_of(outcomes[name])
        import html

        found = html.unescape(text[text.index("SEEN {") + 5 :])
        told = json.JSONDecoder().raw_decode(found)[0]
        return told

    first, dirty, last = seen("before"), seen("leaving"), seen("after")
    assert last == first
    left = {name for name in first if dirty[name] != first[name]}
    expected = {
        "names", "main", "builtin", "attribute", "patched", "modules", "path", "environment", "folder", "handles",
        "temporary", "threads", "processes", "figure", "option", "draw", "warnings", "signal", "files", "mask",
        "objects",
    }  # fmt: skip
    assert left >= expected, expected - left


def test_failure_hang_and_memory_blow_up_stay_in_their_case_and_are_told_with_a_traceback(write, run_all):
    outcomes = run_all(
        write("fails", "def far(x):\n    return 1 / x\n\nfar(0)"),
        write("hangs", "import time\ndef asleep():\n    time.sleep(600)\n\nasleep()"),
        write("grabs", "much = bytearray(40 << 30)"),
        write(
            "grows",
            "kept = []\ndef grow():\n    while True:\n        kept.append(b'x' * (8 << 20) + b'y')\n\ngrow()",
        ),
        write("dies", "import os\nos.kill(os.getpid(), 9)"),
        write("good", "print('still', case_id)"),
        timeout=6,
        memory=GB,
    )
    reasons = {name: outcome.reason for name, outcome in outcomes.items()}
    assert reasons == {
        "fails": "ZeroDivisionError: division by zero",
        "hangs": "not finished after 6 seconds",
        "grabs": "it needed more memory than the 1 GB it may fill",
        "grows": "it needed more memory than the 1 GB it may fill",
        "dies": "the process ended unexpectedly (status -9)",
        "good": "",
    }
    assert "still good" in text_of(outcomes["good"])
    for name, place in {"fails": "far", "hangs": "asleep", "grabs": "bytearray", "grows": "grow"}.items():
        page, log = text_of(outcomes[name]), (outcomes[name].page.with_name(LOG)).read_text()
        assert "The report of this case could not be made" in page and "本案报告未能生成" in page
        assert place in log and place not in page, (name, log)
    # The last look before the end may come a little late; it must not come gigabytes late.
    assert outcomes["grows"].peak < 3 * GB


def test_memory_of_what_a_notebook_starts_counts_too(write, run_all):
    script = "import time; much = bytearray(b'x') * (2 << 30); time.sleep(60)"
    outcome = run_all(write("starts", f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {script!r}])"),
                      timeout=60, memory=GB)["starts"]  # fmt: skip
    assert "more memory" in outcome.reason


@pytest.mark.long
def test_a_notebook_that_kills_what_it_was_forked_from_fails_alone(write, run_all):
    waits = "import time\ntime.sleep(2)\nprint('done', case_id)"
    kills = write("kills", "import os, time\ntime.sleep(0.5)\nos.kill(os.getppid(), 9)\ntime.sleep(60)")
    with Pool() as own:
        outcomes = run_all(write("beside", waits), kills, write("later", waits), pool=own)
        assert {name: outcome.ok for name, outcome in outcomes.items()} == {
            "beside": True, "kills": False, "later": True,
        }  # fmt: skip
    assert "ended unexpectedly" in outcomes["kills"].reason
    assert "done beside" in text_of(outcomes["beside"])


def test_nothing_runs_on_when_the_batch_is_given_up(write, tmp_path):
    mark = tmp_path / "mark"
    path = write("long", f"import os, time\nopen({str(mark)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with Pool() as own:
        events = own.run([{**job_of(path, {}, "zh"), "scratch": str(scratch)}])
        assert isinstance(next(events), Progress)
        while not (mark.exists() and mark.read_text()):
            time.sleep(0.02)
        pid = int(mark.read_text())
    deadline = time.monotonic() + 20
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not Path(f"/proc/{pid}").exists()


def test_the_process_that_is_forked_has_one_thread(write, run_all, pool):
    assert run_all(write("any", "1"))["any"].ok
    assert pool.threads == 1


VARIED = (
    "import sys\nfrom IPython.display import HTML, Markdown, clear_output, display, update_display\nprint('a')",
    "print('out'); display(HTML('<b>x</b>')); print('out again'); 6 * 7",
    "print('to standard error', file=sys.stderr)",
    "handle = display(Markdown('*old*'), display_id='one')",
    "update_display(Markdown('*new*'), display_id='one')\nprint('gone'); clear_output(); print('kept')",
    "_ + 1 if isinstance(_, int) else None;",
    "class Rich:\n    def _repr_mimebundle_(self, include=None, exclude=None):\n"
    "        return {'text/plain': 'rich', 'application/x-own+json': {'n': 1}}\nRich()",
    "import asyncio\nawait asyncio.sleep(0)\n'top-level await'",
    "__name__, case_id, [1][5]",
)


def test_a_cell_shows_what_it_shows_in_a_jupyter_kernel(write, tmp_path, run_all):
    """The peer is papermill's own engine with a real kernel; the last cell fails in both."""
    path = write("varied", *VARIED)
    with pytest.raises(papermill.PapermillExecutionError) as theirs:
        papermill.execute_notebook(
            str(path),
            str(tmp_path / "peer.ipynb"),
            {"case_id": "varied", "language": "en"},
            kernel_name="python3",
            language="python",
            progress_bar=False,
        )
    fine = write("varied", *VARIED[:-1])
    outcome = run_all(fine, keep=True)["varied"]
    ours = nbformat.read(outcome.page.with_name(NOTEBOOK), 4)
    peer = nbformat.read(tmp_path / "peer.ipynb", 4)
    # papermill puts a note before a notebook that failed, and one before the cell.
    peer_cells = [cell for cell in peer.cells if "papermill-error-cell-tag" not in cell.metadata.get("tags", ())]
    for mine, his in zip(ours.cells, peer_cells, strict=False):
        assert mine.source == his.source
        assert mine.get("outputs") == his.get("outputs"), mine.source
        assert mine.get("execution_count") == his.get("execution_count")
    injected = ours.cells[1]
    assert "injected-parameters" in injected.metadata.tags and 'case_id = "varied"' in injected.source
    assert ours.metadata.papermill.parameters == {"case_id": "varied", "language": "en"}
    failed = run_all(write("varied", *VARIED))["varied"]
    assert failed.reason == f"{theirs.value.ename}: {theirs.value.evalue}" == "IndexError: list index out of range"
    assert "__name__, case_id, [1][5]" in failed.page.with_name(LOG).read_text()
    assert failed.page.with_name(LOG).stat().st_mode & 0o077 == 0


def test_a_lone_surrogate_or_a_broken_output_fails_its_case_only(write, run_all):
    outcomes = run_all(write("surrogate", "print('\\ud800')"), write("good", "1"))
    assert not outcomes["surrogate"].ok and "UnicodeEncodeError" in outcomes["surrogate"].reason
    assert outcomes["good"].ok


def test_what_a_killed_process_left_beside_a_page_is_removed(tmp_path):
    pid = os.fork()
    if not pid:
        signal.pause()
    left = tmp_path / f".run-{pid}-abc"
    left.mkdir()
    with scratch_beside(tmp_path / "index.html"):
        assert left.exists(), "somebody is still at work there"
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    with scratch_beside(tmp_path / "index.html") as mine:
        assert list(tmp_path.iterdir()) == [mine]
