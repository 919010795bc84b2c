"""snapml's Graph Feature Preprocessor, run by a Python that has it: needs numpy, pyarrow and snapml only.

Run by benchmarks/money.py as: PYTHON _money_peer.py '{"task": "values" or "speed", ...}'; the last line is JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from importlib.metadata import version

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from snapml import GraphFeaturePreprocessor

HOURS = {"fan": 12, "degree": 12, "scatter-gather": 120, "temp-cycle": 480}


def preprocessor(what: str, threads: int) -> GraphFeaturePreprocessor:
    """The default set over amounts, or one family alone with its default window."""
    peer = GraphFeaturePreprocessor()
    wanted: dict[str, object] = {"num_threads": threads, "vertex_stats_cols": [4]}
    if what != "default":
        wanted |= {"vertex_stats": what == "vertex_stats", "fan": what == "fan"}
        wanted |= {"time_window": HOURS.get(what, 480) * 3_600}
        wanted |= {} if what == "vertex_stats" else {what: True}
    peer.set_params(wanted)
    return peer


def edges(path: str) -> np.ndarray:
    """Number, payer, payee, seconds, yuan: as it wants them."""
    payer, payee, seconds, fen = np.load(path)
    return np.ascontiguousarray(np.column_stack([np.arange(payer.size), payer, payee, seconds, fen / 100]), np.float64)


def values(job: dict) -> dict:
    """Features of one payment after another: nothing is seen ahead, as nothing is in a batch of one.

    What has left a window is dropped only after the next payment of the stream; so that windows end where they are said
    to, a payment of the same second between two accounts that do nothing else comes before each.
    """
    rows, peer = edges(job["edges"]), preprocessor(job["what"], 1)
    tick = np.zeros((1, rows.shape[1]))
    tick[0, 1:3] = rows[:, 1:3].max() + np.array([1, 2])
    found = []
    for k in range(len(rows)):
        if job["what"] == "vertex_stats":
            tick[0, 0], tick[0, 3] = len(rows) + k, rows[k, 3]
            peer.transform(tick)
        found.append(peer.transform(rows[k : k + 1])[:, 5:])
    np.save(job["out"], np.concatenate(found))
    return {"rows": len(found), "columns": int(found[0].shape[1])}


def speed(job: dict) -> dict:
    """Payments a second from the matrix in memory to the closed file, in batches, up to a limit of time."""
    rows, peer = edges(job["edges"]), preprocessor(job["what"], job["threads"])
    file, kept, done, computing = None, [], 0, 0.0
    begin = time.perf_counter()
    while done < len(rows) and time.perf_counter() - begin < job["limit"]:
        tick = time.perf_counter()
        kept.append(peer.transform(rows[done : done + job["batch"]])[:, 5:])
        computing += time.perf_counter() - tick
        done += len(kept[-1])
        if len(kept) * job["batch"] >= 1 << 17 or done == len(rows):
            part = np.concatenate(kept).astype(np.float32)
            schema = pa.schema([(f"c{c}", pa.float32()) for c in range(part.shape[1])])
            if file is None:
                options = {"compression": "lz4", "use_dictionary": False, "write_statistics": False}
                file = pq.ParquetWriter(job["out"], schema, **options)
            columns = [pa.array(np.ascontiguousarray(column)) for column in part.T]
            file.write_table(pa.Table.from_arrays(columns, schema=schema))
            kept = []
    if file is not None:
        file.close()
    seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"done": done, "seconds": seconds, "computing": computing, "peak_gb": peak, "version": version("snapml")}


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    sys.stdout.write("\n" + json.dumps({"values": values, "speed": speed}[given["task"]](given)) + "\n")
