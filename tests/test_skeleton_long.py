"""A fresh machine: `make setup` alone gives a workbench that starts quickly and never asks for a compiler."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

SLOW_INDEX = 900  # seconds; a first download of all wheels depends on the index


@pytest.mark.long
@pytest.mark.timeout(SLOW_INDEX)
def test_setup_on_a_fresh_machine(root, tmp_path):
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True)
    if listing.returncode:
        pytest.skip("not a git work tree: cannot tell which files a clone would have")
    house = tmp_path / "clone"
    for name in filter(None, listing.stdout.decode().split("\0")):
        (house / name).parent.mkdir(parents=True, exist_ok=True)
        if (root / name).is_file():
            shutil.copy2(root / name, house / name)
    # A compiler that only fails, bytecode forbidden, and no environment of the caller's: as bad as a machine may be.
    outer = {
        name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH", "MAKEFLAGS")
    }
    bare = {**outer, "CC": "false", "CXX": "false", "PYTHONDONTWRITEBYTECODE": "1"}

    def run(*command):
        result = subprocess.run(command, cwd=house, env=bare, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    run("make", "setup")
    where = run(
        ".venv/bin/python", "-c", "import caselens.core, pandas; print(caselens.core.__file__, pandas.__file__)"
    )
    assert where.split()[0] == str(house / "lib" / "caselens" / "core" / "__init__.py")
    for module in map(house.joinpath, where.split()):
        assert list((module.parent / "__pycache__").glob("__init__.*.pyc")), f"no bytecode beside {module}"
    assert "Installing" not in run("make", "setup"), "an unchanged lock was installed again"
    (house / "locks" / "core.txt").touch()
    assert "Installing" in run("make", "setup"), "a changed lock was not installed"
