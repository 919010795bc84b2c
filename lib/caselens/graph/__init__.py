"""What connects the parties of a case: how far it reaches, its typed multigraph, and that graph for other programs."""

from caselens.graph.build import case_graph
from caselens.graph.export import to_gexf, to_graphml, to_neo4j_csv
from caselens.graph.extent import Extent, Reach, extent
from caselens.graph.innocent import needed
from caselens.graph.paths import ways

__all__ = ["Extent", "Reach", "case_graph", "extent", "needed", "to_gexf", "to_graphml", "to_neo4j_csv", "ways"]
