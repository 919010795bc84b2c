"""The one data contract: each canonical table declared once, in a file of its own.

Validation, quarantine, the data dictionary, templates, reference checks and the edges of the graph all follow from
the declarations. ``TABLES`` maps a table's name to its declaration; ``code_label`` says what a
code is called.
"""

import sys

from caselens.core.discovery import discover
from caselens.tables._codes import code_label
from caselens.tables._declare import Column, Edge, Kind, Table

TABLES: dict[str, Table] = discover(sys.modules[__name__], "TABLE", Table)

__all__ = ["TABLES", "Column", "Edge", "Kind", "Table", "code_label"]
