"""What the indicators found, with evidence, identity, history and what speaks against it."""

from caselens.findings.leads import Lead, leads_of, leads_table
from caselens.findings.screen import Screening, screen, screening

__all__ = ["Lead", "Screening", "leads_of", "leads_table", "screen", "screening"]
