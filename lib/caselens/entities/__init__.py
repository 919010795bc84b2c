"""Who is who: source ids gathered into real-world parties, never by a shared name alone."""

from caselens.entities.identity import entities, resolved

__all__ = ["entities", "resolved"]
