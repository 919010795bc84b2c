"""A piece of a page: HTML that this package built, and a plain-text side for a saved notebook."""

from __future__ import annotations

import html
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from caselens.core.text import Language
from caselens.views._format import escape

#: The type under which a page takes a fragment as it is. All other HTML in a notebook's output is cleaned first.
MIME = "application/vnd.caselens.fragment+html"

#: Set in the process that runs a notebook for a page: outputs then carry the bare fragment, without a copy for Jupyter.
PAGE_VARIABLE = "CASELENS_PAGE"

Library = Literal["plotly", "network"]


@dataclass(frozen=True, slots=True)
class Fragment:
    """HTML made by this package, in which every untrusted string is escaped already.

    Attributes:
        html: markup without scripts; figures and networks carry their data in JSON blocks that the page draws.
        text: what a saved notebook and a reader without a browser see.
        language: of the text.
        uses: libraries the page must embed to draw it.
    """

    html: str
    text: str = ""
    language: Language = "zh"
    uses: frozenset[Library] = frozenset()

    @staticmethod
    def join(parts: Iterable[Fragment], language: Language) -> Fragment:
        """The parts one after another."""
        every = list(parts)
        return Fragment(
            "\n".join(part.html for part in every),
            "\n".join(part.text for part in every if part.text),
            language,
            frozenset[Library]().union(*(part.uses for part in every)),
        )

    def __str__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """For Jupyter: the fragment in a frame of its own; for a page under construction: the bare fragment."""
        bundle = {"text/plain": self.text or "Fragment", MIME: self.html}
        if not os.environ.get(PAGE_VARIABLE):
            # Imported late: the page embeds fragments, so its module imports this one.
            from caselens.views.page import page

            whole = page(self.html, title="", language=self.language, bare=True)
            height = 720 if self.uses else 420
            bundle["text/html"] = (
                f'<iframe srcdoc="{html.escape(whole)}" style="width:100%;height:{height}px;border:0" '
                f'title="{escape(self.text[:80] or "Caselens")}"></iframe>'
            )
        return bundle
