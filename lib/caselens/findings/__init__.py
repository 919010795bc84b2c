"""What the indicators found, with evidence, identity, history and what speaks against it."""

from caselens.findings.leads import Lead, leads_of, leads_table
from caselens.findings.screen import Screening, keep, screen, screening

__all__ = ["Lead", "Screening", "keep", "leads_of", "leads_table", "screen", "screening"]
