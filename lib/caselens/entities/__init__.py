"""Who is who: source ids gathered into real-world parties, never by a shared name alone."""

from caselens.entities.identity import entities, links, parties, resolved, resolved_anew, undecided

__all__ = ["entities", "links", "parties", "resolved", "resolved_anew", "undecided"]
