"""Progress of long work, told to whoever listens. The library never prints; the command line shows a bar."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Listener(Protocol):
    """Somebody who shows progress."""

    def step(self, task: str, done: int, total: int | None) -> None:
        """``task`` has finished ``done`` of ``total`` steps (``None``: not known)."""


_listener: ContextVar[Listener | None] = ContextVar("caselens_progress", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Send progress to ``listener`` inside the ``with`` block."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def step(task: str, done: int, total: int | None = None) -> None:
    """Say that ``task`` has got this far. Costs next to nothing when nobody listens."""
    listener = _listener.get()
    if listener is not None:
        listener.step(task, done, total)
