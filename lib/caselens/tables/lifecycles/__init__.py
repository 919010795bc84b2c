"""What must come before what in a project: one file a lifecycle, each a partial order of stages.

``LIFECYCLES`` maps the code in ``projects.lifecycle`` to its declaration; ``STAGES`` are all codes of
``project_events.stage`` that some lifecycle knows. Adding a lifecycle is adding a file.
"""

import sys

from caselens.core.discovery import discover
from caselens.tables.lifecycles._declare import Lifecycle, Stage, Variant

LIFECYCLES: dict[str, Lifecycle] = discover(sys.modules[__name__], "LIFECYCLE", Lifecycle)

STAGES: tuple[str, ...] = tuple(dict.fromkeys(stage.id for life in LIFECYCLES.values() for stage in life.stages))

__all__ = ["LIFECYCLES", "STAGES", "Lifecycle", "Stage", "Variant"]
