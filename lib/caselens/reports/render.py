"""From an executed notebook to one offline page in one language, code hidden."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caselens.core.text import LANGUAGES, Language, Text
from caselens.views import MIME, escape, figure, page

if TYPE_CHECKING:
    from nbformat import NotebookNode

_TEMPLATES = Path(__file__).parent
_TITLE = re.compile(r"<h1>(.*?)</h1>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_PLOTLY = "application/vnd.plotly.v1+json"
_PICTURE = Text("图", "Figure")
_MESSAGES = Text("运行提示", "Messages of the run")
_FAILED = Text("此处未能完成", "This part could not be completed")

#: What prose and other people's tables may consist of. Everything else in them is shown as text.
_PROSE_TAGS = frozenset(
    re.findall(r"\w+", "h1 h2 h3 h4 p ul ol li strong em code pre blockquote br hr a div span")
    + re.findall(r"\w+", "table caption thead tbody tr th td")
)
_PROSE_ATTRIBUTES = {"th": ["scope"], "a": ["href"]}


def render(notebook: NotebookNode, language: Language, *, title: str = "", head: str = "", foot: str = "") -> str:
    """One HTML page of an executed notebook.

    Args:
        notebook: an ``nbformat`` notebook (version 4) with its outputs; it is not changed.
        language: cells tagged ``lang-zh`` or ``lang-en`` stay only if they are of this language.
        title: plain text (the case's title), put behind the notebook's first-level heading.
        head, foot: plain text of the top line (secrecy mark, copy number) and the bottom line.

    Returns:
        A page that fetches nothing (see ``views.page``). Fragments of this package are taken as they are, plotly
        figures become data, any other HTML (a data frame's) is cleaned to plain tables and text, and text is escaped.
        The same notebook gives the same bytes.
    """
    body = _body(notebook, language)
    headings = [html.unescape(_TAG.sub("", text)).strip() for text in _TITLE.findall(body)]
    named = " · ".join(dict.fromkeys(part for part in (*headings, title) if part))
    return page(_TITLE.sub("", body), named or "Caselens", language, head=head, foot=foot)


def in_language(notebook: NotebookNode, language: Language) -> NotebookNode:
    """A copy of ``notebook`` without the cells tagged for another language."""
    others = {f"lang-{other}" for other in LANGUAGES if other != language}
    kept = [cell for cell in notebook.cells if not others & set(cell.metadata.get("tags", ()))]
    from nbformat import NotebookNode  # loads a grammar for a second, and every command imports this module

    return NotebookNode({**notebook, "cells": kept})


def _body(notebook: NotebookNode, language: Language) -> str:
    # Imported here: the exporter takes more than a second to load, and importing the package must stay cheap.
    from nbconvert.exporters import HTMLExporter

    exporter = HTMLExporter(
        template_name="template",
        extra_template_basedirs=[str(_TEMPLATES)],
        template_paths=[str(_TEMPLATES / "template")],
        exclude_anchor_links=True,
    )
    exporter.template_file = "index.html.j2"
    outputs: list[str] = []

    def kept(output: NotebookNode) -> str:
        outputs.append(_shown(output, language))
        return f"<!--output {len(outputs) - 1}-->"

    exporter.register_filter("prose", cleaned)
    exporter.register_filter("shown", kept)
    body, _ = exporter.from_notebook_node(in_language(notebook, language))
    # The exporter parses and rewrites its result; outputs (megabytes of data, escaped with care) stay out of that.
    # Prose cannot forge a place: cleaning takes comments away.
    return re.sub(r"<!--output (\d+)-->", lambda match: outputs[int(match[1])], str(body))


def cleaned(markup: str) -> str:
    """``markup`` reduced to headings, paragraphs, lists and tables; any other tag is shown as text, none can act."""
    import bleach  # type: ignore[import-untyped]

    # A data frame brings a style sheet of its own; as text it would only be in the way.
    markup = re.sub(r"<style\b.*?</style\s*>", "", markup, flags=re.DOTALL | re.IGNORECASE)
    return str(bleach.clean(markup, tags=_PROSE_TAGS, attributes=_PROSE_ATTRIBUTES, protocols={"https", "http"}))


def _text(value: Any) -> str:
    return "".join(value) if isinstance(value, list) else str(value)


def _shown(output: NotebookNode, language: Language) -> str:
    """HTML of one output of a cell, by the richest form that is safe to show."""
    if output.output_type == "stream":
        block = f"<pre>{escape(_text(output.text))}</pre>"
        if output.name == "stderr":
            return f'<details class="soft"><summary>{_MESSAGES.get(language)}</summary>{block}</details>'
        return block
    if output.output_type == "error":
        return f'<div class="failed"><p>{_FAILED.get(language)}</p><pre>{escape(_text(output.evalue))}</pre></div>'
    data = output.get("data", {})
    if MIME in data:
        return _text(data[MIME])
    if _PLOTLY in data:
        import plotly.graph_objects as go

        drawn = go.Figure({key: data[_PLOTLY][key] for key in ("data", "layout")})
        named = drawn.layout.title.text or _PICTURE.get(language)
        notes = (drawn.layout.meta or {}).get("notes", [])
        return figure(drawn, ". ".join([named, *notes]), language, height=int(drawn.layout.height or 420))
    if "image/png" in data:
        encoded = re.sub(r"[^A-Za-z0-9+/=]", "", _text(data["image/png"]))
        return f'<img alt="{_PICTURE.get(language)}" src="data:image/png;base64,{encoded}">'
    if "text/html" in data:
        return f'<div class="scroll" tabindex="0">{cleaned(_text(data["text/html"]))}</div>'
    return f"<pre>{escape(_text(data['text/plain']))}</pre>" if "text/plain" in data else ""
