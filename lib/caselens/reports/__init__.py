"""Reports: a notebook run for a case, rendered as one offline page; sections; the index of cases."""

from caselens.reports.index import index_page
from caselens.reports.quality import Quality
from caselens.reports.render import cleaned, in_language, render
from caselens.reports.run import Outcome, failure_page, parameters_of, run
from caselens.reports.sections import Report

__all__ = [
    "Outcome",
    "Quality",
    "Report",
    "cleaned",
    "failure_page",
    "in_language",
    "index_page",
    "parameters_of",
    "render",
    "run",
]
