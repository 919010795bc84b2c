"""One file a publisher's format: each recognises its files by content and gives rows of canonical tables with origin."""

import sys

from caselens.core.discovery import discover
from caselens.readers._declare import Reader

READERS: dict[str, Reader] = discover(sys.modules[__name__], "READER", Reader)

__all__ = ["READERS", "Reader"]
