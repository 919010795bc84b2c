"""What every room uses and no room owns: bilingual text, errors, discovery, progress. No domain word lives here."""
