"""JupyterLab on the notebooks, with a workspace set."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from caselens.operations.batch import notebooks_folder


def lab(workspace: Path) -> int:
    """Run JupyterLab in the foreground, on loopback with its token; gives its exit status.

    The notebooks read ``CASELENS_WORKSPACE`` where their parameters name no workspace.
    """
    environment = {**os.environ, "CASELENS_WORKSPACE": str(workspace.resolve())}
    command = [sys.executable, "-m", "jupyterlab", "--ServerApp.ip=127.0.0.1", f"--notebook-dir={notebooks_folder()}"]
    return subprocess.run(command, env=environment, check=False).returncode
