"""Derived tables that several indicators stand on: each declared once, in a file of its own, computed once a refresh."""

import sys
from functools import partial

from caselens.core.discovery import discover
from caselens.relations._declare import Relation, Tables, relation
from caselens.relations._rows import tenths
from caselens.relations._spans import merged
from caselens.workspace.reads import maker

RELATIONS: dict[str, Relation] = discover(sys.modules[__name__], "RELATION", Relation)
for _name in RELATIONS:
    maker(f"relation_{_name}", partial(relation, name=_name))

__all__ = ["RELATIONS", "Relation", "Tables", "merged", "relation", "tenths"]
