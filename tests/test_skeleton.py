"""The house stands as its plan says: dependencies, locks, Makefile, import rules and what an import may do."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HEAVY = ("numba", "sklearn", "plotly", "splink", "papermill", "pyspark", "distributed", "followthemoney")
LOCKS = {"core": (), "dev": ("dev", "dask", "postgres"), "spark": ("spark",), "ftm": ("ftm",)}


@pytest.fixture(scope="module")
def pyproject(root):
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


def declared(pyproject, *extras):
    project = pyproject["project"]
    lines = [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]
    return [Requirement(line) for line in lines]


def key(requirement):
    """Name with extras and bounds, however they are ordered or spelt."""
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return f"{canonicalize_name(requirement.name)}{extras}", str(requirement.specifier)


def read_lock(root, name):
    """Requirement -> number of its hashes, as the lock has them."""
    text = (root / "locks" / f"{name}.txt").read_text(encoding="utf-8")
    found = {}
    for block in re.split(r"\n(?=\S)", text.replace("\\\n", " ")):
        body = "\n".join(line for line in block.splitlines() if not line.lstrip().startswith("#"))
        if body.strip():
            found[Requirement(body.split("--hash")[0])] = len(re.findall(r"--hash=sha256:[0-9a-f]{64}\b", body))
    return found


def test_conda_environment_names_the_same_dependencies(root, pyproject):
    """A line may say what PyPI calls it: `- python-duckdb>=2.0,<3  # PyPI: duckdb`."""
    text = (root / "environment.yml").read_text(encoding="utf-8")
    listed = []
    for line in text.splitlines():
        if match := re.match(r"\s*- (?!-)([A-Za-z0-9._-]+)([<>=!][^#\s]*)?(?:\s+# PyPI: (\S+))?$", line):
            listed.append(Requirement(f"{match[3] or match[1]}{match[2] or ''}"))
    # What is conda's alone: the interpreter, the installer, the channels.
    own = {"python", "pip", "conda-forge", "nodefaults"}
    assert sorted(key(r) for r in listed if r.name not in own) == sorted(map(key, declared(pyproject, *LOCKS["dev"])))
    python = next(r for r in listed if r.name == "python")
    assert str(python.specifier) == pyproject["project"]["requires-python"]


def test_conda_environment_is_valid_yaml(root):
    content = yaml.safe_load((root / "environment.yml").read_text(encoding="utf-8"))
    assert content["channels"][0] == "conda-forge"
    assert [entry for entry in content["dependencies"] if isinstance(entry, dict)] == [content["dependencies"][-1]]


@pytest.mark.parametrize("name", LOCKS)
def test_lock_pins_and_hashes_everything(root, name):
    lock = read_lock(root, name)
    assert len(lock) > 100
    assert [str(r) for r, hashes in lock.items() if hashes == 0] == []
    assert [str(r) for r in lock if not re.fullmatch(r"==[^*,]+", str(r.specifier)) or r.url] == []


@pytest.mark.parametrize("name", LOCKS)
def test_lock_names_no_index_and_no_machine(root, name):
    text = (root / "locks" / f"{name}.txt").read_text(encoding="utf-8")
    assert re.findall(r"^--(?!hash).*|\w+://\S*|@\s*file\S*|^\s*# .*(?:via|-r|-c) /.*", text, flags=re.MULTILINE) == []


@pytest.mark.parametrize(("name", "extras"), LOCKS.items())
def test_lock_satisfies_pyproject(root, pyproject, name, extras):
    lock = read_lock(root, name)
    for wanted in declared(pyproject, *extras):
        pins = [r for r in lock if canonicalize_name(r.name) == canonicalize_name(wanted.name)]
        assert pins, f"locks/{name}.txt lacks {wanted}: run make lock"
        for pin in pins:
            version = str(pin.specifier).removeprefix("==")
            assert wanted.specifier.contains(version, prereleases=True), f"locks/{name}.txt has {pin}, wanted {wanted}"


@pytest.mark.parametrize("name", ["dev", "spark", "ftm"])
def test_locks_agree_on_versions(root, name):
    """Who sets up for the demo and then for the tests gets the same versions."""
    here, core = ({f"{r.name}{r.specifier}" for r in read_lock(root, lock)} for lock in (name, "core"))
    assert core - here == set()


def make_targets(root):
    """Target -> its help, "" if it has none; internal targets (files, variables) are left out."""
    text = (root / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", text, flags=re.MULTILINE)[1].split()
    lines = {match[1]: match[2] for match in re.finditer(r"^([a-z-]+):(?!=)(.*)$", text, flags=re.MULTILINE)}
    assert set(lines) == set(phony)
    return {name: (re.search(r"## (.+)", rest) or [None, ""])[1] for name, rest in lines.items()}


def test_make_explains_every_target_a_person_calls(root):
    targets = make_targets(root)
    internal = {"docs-check", "notebooks"}
    assert {name for name, text in targets.items() if not text} == internal
    wanted = {"demo", "demo-real", "test", "test-all", "lint", "docs", "lock", "clean", "setup"}
    assert wanted <= set(targets)
    shown = subprocess.run(
        ["make", "--no-print-directory"], cwd=root, capture_output=True, text=True, check=True
    ).stdout
    assert [name for name in wanted if f"make {name} " not in shown] == []


def test_demo_real_without_a_folder_is_a_sentence(root):
    command = ["make", "--no-print-directory", "demo-real", "DATA="]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert result.returncode == 2
    assert "make demo-real DATA=DIR" in result.stdout


@pytest.mark.parametrize("page", ["README.md", "README.zh.md", "CONTRIBUTING.md"])
def test_commands_of_the_readme_exist(root, page):
    path = root / page
    if not path.exists():
        pytest.skip(f"{page} is not written yet")
    code = "\n".join(re.findall(r"```.*?```|`[^`\n]+`", path.read_text(encoding="utf-8"), flags=re.DOTALL))
    named = set(re.findall(r"\bmake ([a-z][a-z-]*)", code))
    assert named - set(make_targets(root)) == set()


BREACHES = [
    ("sample/a.py", "from caselens.flows import x", "caselens.sample.a -> caselens.flows"),
    ("sample/__init__.py", "import caselens.cli", "caselens.sample -> caselens.cli"),
    ("indicators/a.py", "from caselens.indicators.b import x", "caselens.indicators.a -> caselens.indicators.b"),
    ("tables/a.py", "from caselens.readers import x", "caselens.tables.a -> caselens.readers"),
    ("flows/a.py", "from caselens.api import x", "caselens.flows.a -> caselens.api"),
    ("helpers.py", "x = 1", "caselens.helpers"),
]


@pytest.mark.parametrize(("file", "line", "told"), [("core/a.py", "x = 1", ""), *BREACHES])
def test_import_rules_see_a_breach(root, tmp_path, file, line, told):
    """The contracts of pyproject.toml, run on a small house with one wall pulled down."""
    house = tmp_path / "caselens"
    for room in ("core", "tables", "readers", "flows", "indicators", "sample", "api"):
        (house / room).mkdir(parents=True)
        (house / room / "__init__.py").write_text("x = 1\n")
    for module in ("__init__.py", "cli.py", "core/text.py", "indicators/_shared.py", "indicators/b.py"):
        (house / module).write_text("x = 1\n")
    # What is allowed, so that a contract that forbids everything is seen as well.
    (house / "sample" / "b.py").write_text("from caselens.core.text import x\nfrom caselens.tables import x\n")
    (house / "indicators" / "c.py").write_text("from caselens.indicators._shared import x\nimport caselens.flows\n")
    with (house / file).open("a") as module:
        module.write(line + "\n")
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"]
    command += ["--config", root / "pyproject.toml"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(root)])}
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert (result.returncode == 0) == (not told), result.stdout + result.stderr
    assert told in result.stdout


IMPORT_AUDIT = """
import json, logging, sys
events = []
def audit(event, arguments):
    if event == "open":
        path, mode = str(arguments[0]), arguments[1] or ""
        source = path.endswith((".py", ".pyc", ".pth", ".so", ".zip")) or ".dist-info" in path
        if "__pycache__" not in path and (not source or set("wax+") & set(mode)):
            events.append([event, path])
    elif event.split(".")[0] in {"socket", "subprocess", "shutil", "urllib", "sqlite3"} or event in {"os.mkdir", "os.remove"}:
        if not event.startswith("socket.__new__"):
            events.append([event, str(arguments)])
sys.addaudithook(audit)
handlers = list(logging.getLogger().handlers)
import MODULE
audited = list(events)
heavy = sorted(name for name in HEAVY if name in sys.modules)
sys.stdout.write(json.dumps({"events": audited, "heavy": heavy, "logs": logging.getLogger().handlers != handlers}))
"""


@pytest.mark.parametrize("module", ["caselens", "caselens.cli"])
def test_import_only_defines(root, module):
    """No file but code is opened, nothing is started or set up, and no heavy library is loaded."""
    if module == "caselens.cli" and not list((root / "lib" / "caselens").glob("cli*")):
        pytest.skip("caselens.cli is not written yet")
    script = IMPORT_AUDIT.replace("MODULE", module).replace("HEAVY", repr(HEAVY))
    # -B: writing bytecode is Python's own doing, not the package's.
    result = subprocess.run([sys.executable, "-B", "-c", script], capture_output=True, text=True, cwd=root)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == {"events": [], "heavy": [], "logs": False}


def tracked_texts(root):
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True)
    if listing.returncode:
        pytest.skip("not a git work tree: cannot tell which files belong to the repository")
    for name in filter(None, listing.stdout.decode().split("\0")):
        path = root / name
        if path.is_file():
            yield name, path.read_bytes().decode("utf-8", errors="replace")


def test_no_file_names_a_path_of_one_machine(root):
    # Written in parts, or this file would find itself.
    folders = "|".join(["wo" + "rk/", "ro" + "ot/", "ho" + r"me/\w", "Us" + r"ers/\w"])
    pattern = re.compile(rf"(?<![\w./>)}}$*-])/(?:{folders})|[A-Z]:\\+Users\\|\.libr" + r"ary/")
    found = [f"{name}: {match[0]}" for name, text in tracked_texts(root) if (match := pattern.search(text))]
    assert found == []
