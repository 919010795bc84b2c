"""An import rule that import-linter's own contracts cannot say, because its wildcards match whole names only."""

from __future__ import annotations

from typing import Any

import grimp
from importlinter import Contract, ContractCheck, fields, output


def _is_unit(graph: grimp.ImportGraph, module: str) -> bool:
    """Discovery passes over sub-packages and names with a leading underscore."""
    return not module.rsplit(".", 1)[1].startswith("_") and not graph.find_children(module)


class UnitsContract(Contract):
    """In a room of declared units, nobody imports a unit by name; modules with a leading underscore are machinery.

    Options:
        packages: the rooms, e.g. ``caselens.indicators``; one that does not exist yet is passed over.
    """

    type_name = "units"
    packages = fields.SetField(subfield=fields.StringField())

    def check(self, graph: grimp.ImportGraph, verbose: bool) -> ContractCheck:
        """Collect every direct import of a unit from inside its own room."""
        breaches = []
        for package in sorted(self.packages):  # type: ignore[call-overload]
            if package not in graph.modules:
                continue
            units = [unit for unit in graph.find_children(package) if _is_unit(graph, unit)]
            for unit in sorted(units):
                for importer in sorted(graph.find_modules_that_directly_import(unit)):
                    if importer.startswith(f"{package}.") and importer != unit:
                        breaches.append(f"{importer} -> {unit}")
        return ContractCheck(kept=not breaches, metadata={"breaches": breaches})

    def render_broken_contract(self, check: Any) -> None:
        """Name each import, and what to do instead."""
        for breach in check.metadata["breaches"]:
            output.print_error(breach)
        output.print_error(
            "What several units need is a derived table in relations/, or machinery in a module with a leading _."
        )
