"""JupyterLab on the notebooks, with a workspace set."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from caselens.operations.batch import notebooks_folder

#: What opens first.
START = "00_start_here.ipynb"


def lab_command(workspace: Path, *, port: int = 8888, browser: bool = True) -> tuple[list[str], dict[str, str]]:
    """The command that runs JupyterLab and the environment it runs in.

    It listens on loopback only and keeps its token: whoever else uses the machine cannot open the workspace through it.
    The notebooks read ``CASELENS_WORKSPACE`` where their parameters name no workspace, and so do jobs that they are run
    as (extra ``jobs``). A port that is taken is left to its owner; Jupyter takes the next one.
    """
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        f"--ServerApp.root_dir={notebooks_folder()}",
        f"--LabApp.default_url=/lab/tree/{START}",
        *([] if browser else ["--no-browser"]),
    ]
    return command, {**os.environ, "CASELENS_WORKSPACE": str(workspace.resolve())}


def lab(workspace: Path, *, port: int = 8888, browser: bool = True) -> int:
    """Run JupyterLab in the foreground; gives its exit status. See :func:`lab_command`."""
    command, environment = lab_command(workspace, port=port, browser=browser)
    return subprocess.run(command, env=environment, check=False).returncode
