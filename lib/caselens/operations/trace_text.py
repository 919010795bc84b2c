"""A trace on a terminal: the answer, the tables of it, and what must not be forgotten."""

from __future__ import annotations

import math
from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from caselens.api.tracing import CAVEAT, Traced
from caselens.core.errors import UsageError
from caselens.core.text import Language


def balances(given: Iterable[str]) -> dict[str, float]:
    """Opening balances out of ``ACCOUNT=AMOUNT``.

    Raises:
        UsageError: one of them is nothing of the kind.
    """
    found = {}
    for item in given:
        account, _, amount = item.rpartition("=")
        try:
            found[account] = float(amount)
        except ValueError:
            account = ""
        if not account:
            raise UsageError(f"--opening takes ACCOUNT=AMOUNT, got {item!r}")
    return found


def tell(traced: Traced, language: Language, console: Console) -> None:
    """Print a trace in one language."""
    console.print(escape(traced.trace.start.get(language)), highlight=False)
    console.print(f"[bold]{escape(traced.trace.told.get(language))}[/]", highlight=False)
    for title, frame in traced.sections(language):
        table = Table(*map(str, frame.columns), title=title, title_justify="left")
        for column in table.columns:
            column.overflow = "fold"
        for row in frame.itertuples(index=False):
            table.add_row(*(escape(_cell(value)) for value in row))
        console.print(table)
    for text in (traced.trace.hubs.told, CAVEAT):
        console.print(escape(text.get(language)), highlight=False)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "—" if math.isnan(value) else f"{value:,.2f}"
    return str(value)
