"""Running things for many cases: batches of reports, the demonstration."""

from caselens.operations.batch import Written, write_reports

__all__ = ["Written", "write_reports"]
