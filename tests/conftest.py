"""What every test may ask for: optional parts of the machine, a PostgreSQL server, published data, Hypothesis profiles.

A part that is missing skips the test and says why. Where ``CASELENS_REQUIRE`` names the part (comma-separated:
``chromium``, ``postgres``, ``spark``, ``dask``, ``ftm``, ``data``), the test fails instead: continuous integration must not
pass by leaving things out.
"""

from __future__ import annotations

import gc
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from caselens.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("chromium", "postgres", "spark", "dask", "ftm", "data")

# Deadlines are switched off: they measure the machine, and a first call compiles its kernel.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


def _chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


def _postgres_programs() -> Path | None:
    """The folder with ``initdb`` and ``pg_ctl``: Debian keeps one a version, the newest wins; elsewhere the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def _shared_data() -> Path:
    return Path(os.environ.get("CASELENS_SHARED_DATA") or ROOT.parent / "shared" / "data")


def _has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _lacking(part: str) -> str:
    """What ``part`` lacks on this machine, or ``""``."""
    if part == "chromium":
        if not _has("playwright"):
            return "playwright is not installed"
        return "" if _chromium() else "no chromium, chromium-browser or google-chrome on the PATH"
    if part == "postgres":
        if not _has("psycopg"):
            return "psycopg is not installed (extra postgres)"
        return "" if _postgres_programs() else "PostgreSQL's initdb is neither in /usr/lib/postgresql nor on the PATH"
    if part == "spark":
        if not _has("pyspark"):
            return "pyspark is not installed (extra spark)"
        return "" if shutil.which("java") else "no java on the PATH"
    if part == "dask":
        return "" if _has("distributed") else "distributed is not installed (extra dask)"
    if part == "ftm":
        return "" if _has("followthemoney") else "followthemoney is not installed (extra ftm)"
    if part == "data":
        folder = _shared_data()
        return "" if folder.is_dir() else f"no folder {folder} (CASELENS_SHARED_DATA names another)"
    raise ValueError(f"{part!r} is no optional part; there are {', '.join(PARTS)}")


def _require(part: str) -> None:
    reason = _lacking(part)
    if not reason:
        return
    if part in os.environ.get("CASELENS_REQUIRE", "").replace(" ", "").split(","):
        pytest.fail(f"CASELENS_REQUIRE names {part}, but {reason}", pytrace=False)
    pytest.skip(f"{part}: {reason}")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spark and Dask tests start a cluster, and followthemoney is compiled: they count as long."""
    for item in items:
        if any(item.get_closest_marker(part) for part in ("spark", "dask", "ftm")):
            item.add_marker(pytest.mark.long)


def pytest_collection_finish() -> None:
    """What was imported stays: looking through it for garbage again and again cost a twentieth of the time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_unconfigure() -> None:
    """Bindings that look for leaks at the end should find what was imported collected."""
    gc.unfreeze()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test marked with a part is skipped, or fails, where the part is missing."""
    for part in PARTS[:-1]:
        if item.get_closest_marker(part):
            _require(part)


@pytest.fixture(scope="session")
def require() -> Callable[[str], None]:
    """``require("chromium")`` in a test or fixture skips it, or fails it under ``CASELENS_REQUIRE``, without the part."""
    return _require


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of published data: ``CASELENS_SHARED_DATA``, else ``shared/data`` beside the repository."""
    _require("data")
    return _shared_data()


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium to start headless (with ``--no-sandbox`` as root)."""
    _require("chromium")
    path = _chromium()
    assert path is not None
    return path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server of its own on the loopback, stopped and deleted at the end.

    Gives an SQLAlchemy URL without a database name, e.g. ``postgresql+psycopg://caselens@127.0.0.1:40123``.
    """
    _require("postgres")
    programs = _postgres_programs()
    assert programs is not None
    # Not under pytest's own folder: that is closed to the user the server runs as, and its path too long for a socket.
    folder = Path(tempfile.mkdtemp(prefix="caselens-pg-"))
    as_user: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        as_user = ["runuser", "-u", "postgres", "--"]

    def run(program: str, *arguments: str) -> None:
        command = [*as_user, str(programs / program), "-D", str(folder / "data"), *arguments]
        # No pipes: the server would inherit them and keep them open.
        with (folder / f"{program}.log").open("ab") as log:
            subprocess.run(command, check=True, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    port = _free_port()
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    try:
        run("initdb", "-U", "caselens", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        run("pg_ctl", "start", "-w", "-t", "60", "-l", str(folder / "server.log"), "-o", options)
        try:
            yield f"postgresql+psycopg://caselens@127.0.0.1:{port}"
        finally:
            run("pg_ctl", "stop", "-w", "-m", "immediate")
    except subprocess.CalledProcessError as error:
        logs = "\n".join(path.read_text(errors="replace") for path in sorted(folder.glob("*.log")))
        pytest.fail(f"PostgreSQL did not come up: {error}\n{logs}", pytrace=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def _database_numbers() -> Iterator[int]:
    return count(1)


@pytest.fixture
def postgres_url(postgres_server: str, _database_numbers: Iterator[int]) -> Iterator[str]:
    """SQLAlchemy URL of a new, empty database, dropped after the test."""
    import psycopg

    name = f"test_{next(_database_numbers)}"
    address = postgres_server.replace("+psycopg", "", 1) + "/postgres"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield f"{postgres_server}/{name}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def given(tmp_path: Path) -> Callable[..., Workspace]:
    """``given(tables, settings="")``: a new workspace with those tables, taken in as a user's files are.

    ``settings`` are further lines of settings.toml.
    """
    from caselens.workspace import Workspace

    numbers = count(1)

    def make(tables: Mapping[str, str], settings: str = "") -> Workspace:
        folder = tmp_path / f"given{next(numbers)}"
        (folder / "files").mkdir(parents=True)
        for name, text in tables.items():
            (folder / "files" / f"{name}.csv").write_text(text, encoding="utf-8")
        workspace = Workspace.create(folder / "workspace")
        if settings:
            with workspace.folder.settings.open("a", encoding="utf-8") as file:
                file.write("\n" + settings + "\n")
            workspace = Workspace.open(folder / "workspace")
        workspace.intake(folder / "files")
        return workspace

    return make
