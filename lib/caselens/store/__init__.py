"""What people share, in SQL: the history of findings and people's decisions. SQLite by default, PostgreSQL by URL."""

from caselens.store.database import Decision, Store

__all__ = ["Decision", "Store"]
