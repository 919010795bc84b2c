"""A generated city to try the workbench on: invented people, firms and units, with planted stories and their truth.

It imports no indicator: what is planted follows the definitions in words, else its truth would be circular.
"""

from caselens.sample._build import build
from caselens.sample._truth import Story, Truth

__all__ = ["Story", "Truth", "build"]
