"""One HTML document that opens without a network: libraries once, data in JSON blocks, a strict content policy.

Scripts run only if their SHA-256 is named in the page's policy, so markup that slipped into the data could still not
act; nothing may be fetched, framed or submitted. The same input gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import re
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from caselens.core.text import Language, Text
from caselens.views._format import data_block, data_script, escape

ASSETS = Path(__file__).parent / "assets"
_HEADING = re.compile(r"<h([23])>(.*?)</h\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
#: The scripts that draw a network, in pages that have one.
_NETWORK = ("network_time.js", "network_files.js", "network.js")
_SCRIPT_END = re.compile(r"</(?=script)", re.IGNORECASE)

#: Words of the page's own controls, handed to its script as data.
WORDS: dict[str, Text] = {
    "contents": Text("目录", "Contents"),
    "search": Text("在本页中查找", "Search this page"),
    "previous": Text("上一处", "Previous"),
    "next": Text("下一处", "Next"),
    "matches": Text("处", "matches"),
    "none": Text("未找到", "No match"),
    "skip": Text("跳到正文", "Skip to the text"),
    "copy": Text("复制出处", "Copy locator"),
    "copied": Text("已复制", "Copied"),
    "rows": Text("证据行", "Evidence rows"),
    "connections": Text("相关连线", "Connections"),
    "expand": Text("展开其余 {n} 个对象", "Expand {n} folded parties"),
    "collapse": Text("收起", "Fold again"),
    "pick": Text("点击图中对象或连线，查看其证据行。", "Click a party or a line to see its evidence rows."),
    "norows": Text("没有可列示的证据行。", "No rows to show."),
    "more": Text("另有 {n} 行在工作区中，未列于本页。", "{n} more rows are in the workspace, not on this page."),
    "others": Text("列出其余 {n} 条", "List the other {n}"),
    "broken": Text("此图无法绘制。", "This picture could not be drawn."),
    "back": Text("返回对象", "Back to the party"),
}


def _package_file(package: str, relative: str) -> str:
    """Text of a file of an installed package, found without importing the package."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"package {package} is not installed; its {relative} is embedded in every page")
    return (Path(spec.origin).parent / relative).read_text(encoding="utf-8")


@cache
def _library(name: str) -> str:
    """The script of a library, made safe to stand inline (no text of it ends the script element)."""
    source = {
        "plotly": ("plotly", "package_data/plotly.min.js"),
        "network": ("pyvis", "templates/lib/vis-9.1.2/vis-network.min.js"),
    }[name]
    script = _package_file(*source)
    # The pointers to source maps would be fetched by opened developer tools.
    script = re.sub(r"//# sourceMappingURL=\S+", "", script)
    return _SCRIPT_END.sub(r"<\\/", script)


@cache
def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    return environment.from_string(_asset("page.html.j2"))


def _digest(script: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() + "'"


def _number_headings(body: str) -> tuple[str, list[tuple[int, str, str]]]:
    """Give each h2 and h3 an id by its place and list them as (level, id, text); texts stay escaped as they were."""
    contents: list[tuple[int, str, str]] = []

    def numbered(match: re.Match[str]) -> str:
        anchor = f"s{len(contents) + 1}"
        contents.append((int(match[1]), anchor, _TAG.sub("", match[2]).strip()))
        return f'<h{match[1]} id="{anchor}">{match[2]}</h{match[1]}>'

    return _HEADING.sub(numbered, body), contents


def page(
    body: str,
    title: str,
    language: Language,
    *,
    head: str = "",
    foot: str = "",
    bare: bool = False,
    search: bool = True,
    listed: bool = True,
) -> str:
    """A whole HTML document.

    Args:
        body: HTML built by this package (``Fragment.html``); untrusted strings in it are escaped already.
        title: plain text, escaped here.
        language: of the document and its controls.
        head, foot: plain text of the page's top and bottom line (secrecy mark, copy number …), escaped here.
        bare: leave out title, contents and search (a figure in a notebook).
        search: offer the search box.
        listed: list the headings as contents beside the text.

    Returns:
        HTML without any address that a browser would fetch. plotly.js (4.8 MB, the only bundle that plotly's package
        ships) and vis-network (0.5 MB, from pyvis) are embedded once, and only where the body has something to draw.
        vis-network's style sheet is left out: it dresses navigation buttons and an editor that no page of ours has.
    """
    uses = [name for name, mark in (("plotly", 'class="cl-figure"'), ("network", 'class="cl-network"')) if mark in body]
    body, contents = _number_headings(body)
    words = data_block({name: text.get(language) for name, text in WORDS.items()})
    own = "\n".join(_asset(name) for name in (*(_NETWORK if "network" in uses else ()), "page.js"))
    scripts = [*(_library(name) for name in uses), _SCRIPT_END.sub(r"<\\/", own)]
    policy = "; ".join(
        (
            "default-src 'none'",
            "script-src " + " ".join(_digest(script) for script in scripts),
            "style-src 'unsafe-inline'",
            "img-src data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    # Markup is passed through Markup() because each part was built or escaped above; title, head and foot are not.
    return _template().render(
        language="zh-CN" if language == "zh" else "en",
        title=title,
        head=head,
        foot=foot,
        bare=bare,
        search=search and not bare,
        policy=policy,
        style=Markup(_asset("page.css")),
        body=Markup(body),
        contents=[(level, anchor, Markup(text)) for level, anchor, text in contents if listed],
        words={name: text.get(language) for name, text in WORDS.items()},
        words_block=Markup(words),
        scripts=[Markup(script) for script in scripts],
    )


def figure(drawn: object, caption: str, language: Language, *, height: int = 420) -> str:
    """HTML of a plotly figure: its JSON in a data block, drawn by the page's script.

    Args:
        drawn: a ``plotly.graph_objects.Figure``.
        caption: plain text that says what the picture shows; screen readers get it as the picture's name.
        language: of the caption.
        height: in pixels; kept free before the picture is drawn, so that the text does not jump.
    """
    block = data_block(drawn.to_json())  # type: ignore[attr-defined]
    return (
        f'<figure class="cl-figure" lang="{"zh-CN" if language == "zh" else "en"}">'
        f'<div class="cl-plot" role="group" aria-label="{escape(caption)}" style="height:{int(height)}px"></div>'
        f"{data_script(block)}"
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )
