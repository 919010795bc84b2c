"""A folder and an engine: files in, the canonical tables as Ibis expressions out."""

from caselens.workspace._workspace import Workspace
from caselens.workspace.folder import Settings
from caselens.workspace.intake import Intake

__all__ = ["Intake", "Settings", "Workspace"]
