"""What the indicators found, with evidence, identity, history and what speaks against it."""

from caselens.findings.screen import Screening, screen, screening

__all__ = ["Screening", "screen", "screening"]
