"""Pictures and tables: data in, figure out. Nothing here reads a file, a workspace or the clock."""

from caselens.views._format import date, escape, locator, money, share
from caselens.views.figures import cost_chain, flows_sankey, money_by_month, notes_of, timeline
from caselens.views.fragment import MIME, PAGE_VARIABLE, Fragment
from caselens.views.network import network
from caselens.views.page import figure, page
from caselens.views.tables import kinds_of, labels_of, locator_html, readable_codes, table

__all__ = [
    "MIME",
    "PAGE_VARIABLE",
    "Fragment",
    "cost_chain",
    "date",
    "escape",
    "figure",
    "flows_sankey",
    "kinds_of",
    "labels_of",
    "locator",
    "locator_html",
    "money",
    "money_by_month",
    "network",
    "notes_of",
    "page",
    "readable_codes",
    "share",
    "table",
    "timeline",
]
