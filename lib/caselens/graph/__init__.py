"""What connects the parties of a case: how far it reaches, and its typed multigraph."""

from caselens.graph.build import case_graph
from caselens.graph.extent import Extent, Reach, extent
from caselens.graph.paths import ways

__all__ = ["Extent", "Reach", "case_graph", "extent", "ways"]
