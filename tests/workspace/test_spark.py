"""The same questions on a real standalone Spark: every expression indicator answers as it does on DuckDB."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from caselens.api import new_workspace, open_workspace
from caselens.core.errors import UsageError
from caselens.findings.evaluate import Answer, evaluate
from caselens.indicators import INDICATORS
from caselens.sample import build
from caselens.workspace import engine

EXPRESSIONS = sorted(name for name, indicator in INDICATORS.items() if indicator.engine == "expression")
PATIENCE = 180


def _program() -> Path:
    import pyspark

    return Path(pyspark.__file__).parent / "bin" / "spark-class"


def _until(condition, what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"{what} did not come up in {PATIENCE} s")
        time.sleep(0.5)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A master and two workers on loopback, out of the pip package."""
    folder = tmp_path_factory.mktemp("spark")
    (folder / "conf").mkdir()
    settings = "spark.sql.shuffle.partitions 2\nspark.executor.memory 600m\n"
    (folder / "conf" / "spark-defaults.conf").write_text(settings)
    spark = {"SPARK_CONF_DIR": str(folder / "conf"), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_WORKER_DIR": str(folder)}
    before = {name: os.environ.get(name) for name in spark}
    os.environ.update(spark)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    master, started = f"spark://127.0.0.1:{port}", []
    log = folder / "master.log"

    def start(target: Path, *arguments: str) -> None:
        with open(target, "w") as output:
            started.append(
                subprocess.Popen(
                    [str(_program()), *arguments], stdout=output, stderr=subprocess.STDOUT, start_new_session=True
                )
            )

    place = ("--host", "127.0.0.1", "--webui-port", "0")
    start(log, "org.apache.spark.deploy.master.Master", "--port", str(port), *place)
    try:
        _until(lambda: "Starting Spark master" in log.read_text(), "the master")
        for number in (1, 2):
            worker = ("org.apache.spark.deploy.worker.Worker", "-c", "1", "-m", "1g", *place, master)
            start(folder / f"worker{number}.log", *worker)
        _until(lambda: log.read_text().count("Registering worker") == 2, "both workers")
        yield master
    finally:
        from pyspark.sql import SparkSession

        if session := SparkSession.getActiveSession():
            session.stop()
        for process in reversed(started):
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _plain(value: object) -> object:
    if isinstance(value, str) or not hasattr(value, "__len__"):
        return value
    return json.dumps([dict(item) if hasattr(item, "items") else item for item in value], ensure_ascii=False)


def _comparable(frame: pd.DataFrame) -> pd.DataFrame:
    plain = frame.map(_plain)
    return plain.sort_values(list(plain.columns), key=lambda column: column.astype(str)).reset_index(drop=True)


def _same(here: Answer, there: Answer) -> None:
    for part in ("assessed", "leads", "evidence", "counters"):
        pd.testing.assert_frame_equal(
            _comparable(getattr(there, part)), _comparable(getattr(here, part)), check_dtype=False, obj=part
        )


@pytest.mark.spark
@pytest.mark.timeout(1800)
def test_every_expression_indicator_answers_the_same_on_two_workers(cluster: str, tmp_path: Path) -> None:
    build(tmp_path / "files", seed=7, people=500, payments=5_000)
    new_workspace(tmp_path / "duckdb").intake(tmp_path / "files")
    shutil.copytree(tmp_path / "duckdb", tmp_path / "spark")
    with open(tmp_path / "spark" / "settings.toml", "a", encoding="utf-8") as settings:
        settings.write(f'\nengine = "{cluster}"\n')
    duckdb, spark = (open_workspace(tmp_path / name).workspace for name in ("duckdb", "spark"))
    assert EXPRESSIONS
    leads = 0
    for name in EXPRESSIONS:
        answer = evaluate(INDICATORS[name], duckdb)
        _same(answer, evaluate(INDICATORS[name], spark))
        leads += len(answer.leads)
    assert leads, "nothing was found on either engine: the comparison would prove nothing"
    executors = spark.backend._session.sparkContext._jsc.sc().getExecutorMemoryStatus().size() - 1
    assert executors == 2


def test_an_unknown_engine_is_refused_with_what_is_known() -> None:
    with pytest.raises(UsageError, match="spark://"):
        engine.spark("presto")
