"""Running things for many cases: batches of reports, the demonstration."""

from caselens.operations.batch import Written, write_reports
from caselens.operations.verify import Check, verify

__all__ = ["Check", "Written", "verify", "write_reports"]
