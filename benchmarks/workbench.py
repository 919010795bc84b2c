"""How soon an analyst can read: the network beside plain pyvis, a report, and the first notebook from cold start.

Run: python benchmarks/workbench.py                       (builds the sample city; writes benchmarks/workbench.md)
     python benchmarks/workbench.py --workspace data/demo (takes a workspace that was screened)

"Ready" means: the text can be read and the first figure has been drawn. Of pyvis that is when its physics has let go of
the nodes; with its default settings it hides them until then. Every page is opened from a file with the network off, in
a browser page of its own, headless Chromium. Nothing is done beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import networkx as nx
import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import TimeoutError as TooLate

from caselens.api import Desk, open_workspace
from caselens.operations import write_reports
from caselens.operations.demo import demo
from caselens.operations.lab import START, lab_command
from caselens.views import network, page

#: Nodes and payments of the networks.
SIZES = ((500, 5_000), (2_000, 20_000), (5_000, 50_000))
#: Seconds after which a page counts as not ready.
LIMIT = 60
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def case_graph(nodes: int, payments: int) -> nx.MultiDiGraph:
    """A network as a case has it: some hubs, most parties with two or three others whom they pay again and again."""
    rng = np.random.default_rng(nodes)
    weight = 1 / np.arange(1, nodes + 1) ** 0.7
    pairs = rng.choice(nodes, (nodes * 5 // 2, 2), p=weight / weight.sum())
    pairs[: nodes - 1] = [(node, rng.integers(0, max(1, node // 4))) for node in range(1, nodes)]
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    ends = np.concatenate([pairs, pairs[rng.integers(0, len(pairs), payments - len(pairs))]])
    days = [date(2015, 1, 1) + timedelta(days=int(day)) for day in rng.integers(0, 3650, payments)]
    amounts = np.round(rng.lognormal(9, 1.5, payments), 2)
    graph = nx.MultiDiGraph()
    for node in range(nodes):
        kind = "official" if node % 50 == 3 else "firm" if node % 3 == 0 else "person"
        graph.add_node(node, kind=kind, label=f"对象{node}", subject=node == 3)
    for row, ((one, other), day, amount) in enumerate(zip(ends.tolist(), days, amounts.tolist(), strict=True)):
        told = {"amount": amount, "start": day, "end": day, "count": 1, "spans": [(day, day, amount)]}
        graph.add_edge(one, other, kind="payments", rows=[("payments", f"T{row}")], **told)
    return graph


def ours(graph: nx.MultiDiGraph, path: Path) -> None:
    """The network as a page of the workbench."""
    path.write_text(page(network(graph, "zh").html, "网络", "zh"), encoding="utf-8")


def plain(graph: nx.MultiDiGraph, path: Path) -> None:
    """The same parties and flows as pyvis draws them by default, its scripts in the page."""
    from pyvis.network import Network

    drawn = Network(height="640px", width="100%", directed=True, cdn_resources="in_line")
    for node, data in graph.nodes(data=True):
        drawn.add_node(node, label=data["label"], title=data["kind"])
    sums: dict[tuple[int, int], float] = {}
    for one, other, data in graph.edges(data=True):
        sums[one, other] = sums.get((one, other), 0.0) + data["amount"]
    # add_edge looks through all edges each time; the list it fills is filled directly, so that only the page is compared.
    drawn.edges = [{"from": one, "to": other, "value": total, "arrows": "to"} for (one, other), total in sums.items()]
    path.write_text(drawn.generate_html(), encoding="utf-8")


def _ours(shown: Page) -> None:
    shown.wait_for_selector(".cl-network[data-drawn=yes]", timeout=LIMIT * 1000)


def _plain(shown: Page) -> None:
    settled = "() => typeof network !== 'undefined' && network !== undefined && network.physics.ready === true"
    shown.wait_for_function(settled, timeout=LIMIT * 1000, polling=50)


def _report(shown: Page) -> None:
    shown.wait_for_selector("h2", timeout=LIMIT * 1000)
    shown.wait_for_selector("[data-drawn=yes]", timeout=LIMIT * 1000)


def opened(browser: Browser, path: Path, ready: Callable[[Page], None]) -> float | None:
    """Seconds from opening a file to ``ready``, two frames later; None where that takes longer than the limit."""
    context = browser.new_context(offline=True, viewport={"width": 1366, "height": 1000})
    shown = context.new_page()
    start = time.perf_counter()
    try:
        shown.goto(path.resolve().as_uri(), wait_until="commit")
        ready(shown)
        shown.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return time.perf_counter() - start
    except TooLate:
        return None
    finally:
        context.close()


def networks(browser: Browser, folder: Path, runs: int) -> list[str]:
    """Rows of the table: nodes, flows, making and opening our page, opening pyvis' own."""
    lines = []
    for nodes, payments in SIZES:
        graph = case_graph(nodes, payments)
        start = time.perf_counter()
        ours(graph, folder / "ours.html")
        made = time.perf_counter() - start
        plain(graph, folder / "plain.html")
        mine = [opened(browser, folder / "ours.html", _ours) for _ in range(runs)]
        other = opened(browser, folder / "plain.html", _plain)
        flows = len({(one, other) for one, other in graph.edges()})
        size = (folder / "ours.html").stat().st_size / 1e6
        lines.append(
            f"| {nodes:,} | {graph.number_of_edges():,} in {flows:,} | {made:.1f} | {size:.1f} | {_seconds(mine)} | "
            f"{_seconds([other])} |"
        )
        print(lines[-1])
    return lines


def reports(browser: Browser, desk: Desk, case_id: str, folder: Path, runs: int) -> list[str]:
    """Rows of the table: size of a report and how soon it can be read, in both languages."""
    written = write_reports(desk, folder / "reports", case_ids=[case_id], languages=("zh", "en"), jobs=1)
    lines = []
    for item in written:
        if not item.outcome.ok:
            raise SystemExit(item.outcome.reason)
        seconds = [opened(browser, item.outcome.page, _report) for _ in range(runs)]
        size = item.outcome.page.stat().st_size / 1e6
        lines.append(f"| {item.language} | {size:.1f} | {item.outcome.seconds:.1f} | {_seconds(seconds)} |")
        print(lines[-1])
    return lines


def notebook(browser: Browser, workspace: Path, folder: Path) -> tuple[float, float]:
    """Seconds from starting ``caselens lab`` until the first notebook is open, and until "Run All" has drawn the network."""
    command, environment = lab_command(workspace, port=8899, browser=False)
    homes = {f"JUPYTER_{name}_DIR": str(folder / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    homes["JUPYTERLAB_WORKSPACES_DIR"] = str(folder / "workspaces")
    allowed = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    start = time.perf_counter()
    server = subprocess.Popen(
        command + allowed, env=environment | homes, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        told = _server(folder / "runtime")
        shown = browser.new_page(viewport={"width": 1366, "height": 1000})
        _goto(shown, f"http://127.0.0.1:{told['port']}/lab/tree/{START}?token={told['token']}")
        shown.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", timeout=180_000)
        open_after = time.perf_counter() - start
        shown.get_by_role("menuitem", name="Run", exact=True).click()
        shown.get_by_text("Run All Cells", exact=True).click()
        _wait_for_network(shown)
        return open_after, time.perf_counter() - start
    finally:
        server.terminate()
        server.wait(60)


def _server(runtime: Path) -> dict[str, Any]:
    for _ in range(600):
        for found in runtime.glob("jpserver-*.json"):
            return dict(json.loads(found.read_text()))
        time.sleep(0.1)
    raise SystemExit("JupyterLab did not start")


def _goto(shown: Page, url: str) -> None:
    """Open the page as soon as the server answers."""
    for _ in range(300):
        try:
            shown.goto(url)
            return
        except Exception as refused:  # noqa: BLE001 (whatever the browser calls a server that is not up yet)
            last = refused
            time.sleep(0.1)
    raise SystemExit(str(last))


def _wait_for_network(shown: Page) -> None:
    for _ in range(600):
        # Jupyter draws far-away cells only when they come near.
        shown.evaluate("document.querySelector('.jp-WindowedPanel-outer')?.scrollBy(0, 250)")
        if any(frame.locator(".cl-network[data-drawn=yes] canvas").count() for frame in shown.frames):
            return
        shown.wait_for_timeout(200)
    raise SystemExit("the network was not drawn")


def _seconds(values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return f"not within {LIMIT}"
    every = f" ({', '.join(f'{value:.2f}' for value in known)})" if len(known) > 1 else ""
    return f"{median(known):.2f}{every}"


def main() -> None:
    """Measure and write the Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--workspace", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        folder = Path(temporary)
        workspace = arguments.workspace
        if workspace is None:
            demo(folder, reports=False)
            workspace = folder / "demo"
        desk = open_workspace(workspace)
        case = desk.case()
        parties = len(case.parties)
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        drawn = networks(browser, folder, arguments.runs)
        pages = reports(browser, desk, case.id, folder, arguments.runs)
        opened_after, ready_after = notebook(browser, workspace, folder)
        browser.close()
    _write(drawn, pages, opened_after, ready_after, arguments.runs, parties)


def _write(
    drawn: list[str], pages: list[str], opened_after: float, ready_after: float, runs: int, parties: int
) -> None:
    text = f"""# The workbench: how soon an analyst can read

Written by `python benchmarks/workbench.py` on {date.today()}; {platform.machine()}, {os.cpu_count()} cores, Python
{platform.python_version()}, pyvis {version("pyvis")}, plotly {version("plotly")}, JupyterLab {version("jupyterlab")};
{runs} runs, median (all), plain pyvis once. Opened from a file, network off, headless Chromium.

Ready: the text can be read and the first figure is drawn. Plain pyvis (default physics, scripts in the page) shows its
nodes when its physics lets go of them; after {LIMIT} seconds it counts as not ready.

## A network, from click to readable

| nodes | payments in flows | making our page, s | size, MB | ours, s | plain pyvis, s |
| ---: | ---: | ---: | ---: | ---: | ---: |
{chr(10).join(drawn)}

Ours shows some 200 nodes at first, the rest folded into those they hang on; everything is in the page. Plain pyvis is
given the flows, not the payments.

## A case report ({parties} parties)

| language | size, MB | making, s | opening, s |
| --- | ---: | ---: | ---: |
{chr(10).join(pages)}

## The first notebook, from cold start

| from starting `caselens lab` until | seconds | bar |
| --- | ---: | ---: |
| `{START}` is open and its kernel waits | {opened_after:.1f} | |
| all cells ran and the network is drawn | {ready_after:.1f} | 60 |

The workspace had been screened; server, kernel and browser page were started anew.
"""
    Path(__file__).with_suffix(".md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
