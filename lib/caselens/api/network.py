"""The network of a case: a picture in a notebook, a file for other programs."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx

from caselens.core.text import Language
from caselens.graph import to_gexf, to_graphml, to_neo4j_csv
from caselens.views import Fragment

if TYPE_CHECKING:
    from caselens.api.case import Case


class Network:
    """The network of one case, drawn where a notebook shows it. ``case.network("en").to_graphml("case.graphml")``.

    Attributes:
        graph: the networkx multigraph with every party, account and edge, see :func:`caselens.graph.case_graph`.
    """

    def __init__(self, case: Case, language: Language = "zh") -> None:
        self._case, self.language = case, language

    def __repr__(self) -> str:
        return f"<network of {self._case.id}: {len(self.graph)} nodes, {self.graph.number_of_edges()} edges>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return self.show()._repr_mimebundle_(include, exclude)

    @cached_property
    def graph(self) -> nx.MultiDiGraph:
        """The case's multigraph; each edge has the rows it rests on."""
        return self._case.graph

    def show(self, language: Language | None = None) -> Fragment:
        """The picture and the list of parties; in the language of the network unless another is named."""
        return self._case.report.network(language or self.language)

    def to_graphml(self, path: str | Path) -> Path:
        """Write all of it as GraphML (yEd, Cytoscape, igraph); see :func:`caselens.graph.to_graphml`."""
        return to_graphml(self.graph, path)

    def to_gexf(self, path: str | Path) -> Path:
        """Write all of it as GEXF (Gephi, with its time line); see :func:`caselens.graph.to_gexf`."""
        return to_gexf(self.graph, path)

    def to_neo4j_csv(self, folder: str | Path) -> list[Path]:
        """Write ``nodes.csv`` and ``relationships.csv`` for Neo4j; see :func:`caselens.graph.to_neo4j_csv`."""
        return to_neo4j_csv(self.graph, folder)
