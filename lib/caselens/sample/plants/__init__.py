"""Planted stories, one file a slug, found by looking into this folder. Each file ends in a ``PLANT``."""

import sys

from caselens.core.discovery import discover
from caselens.sample.plants._declare import Plant, Planted, PlantKind

PLANTS: dict[str, Plant] = discover(sys.modules[__name__], "PLANT", Plant)

__all__ = ["PLANTS", "Plant", "PlantKind", "Planted"]
