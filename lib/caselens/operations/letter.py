"""Requests as letters for signature: one printable page an addressee, offline, nothing filled in that people decide."""

from __future__ import annotations

from functools import cache

import jinja2

from caselens.core.text import Language, Text
from caselens.operations.requests import Request

WORDS: dict[str, Text] = {
    "title": Text("调取证据通知书（稿）", "Request for evidence (draft)"),
    "number": Text("文号：________________", "No. ________________"),
    "colon": Text("：", ":"),
    "opening": Text(
        "因工作需要，根据有关规定，请提供下列资料。电子数据请附原始文件，注明起止日期和记录总数。",
        "For the work in hand, please hand over the records below. Electronic data come as the original files, with their "
        "first and last day and the number of records.",
    ),
    "no": Text("序号", "No."),
    "what": Text("调取内容", "What is asked for"),
    "why": Text("调取理由", "Why"),
    "id": Text("补调编号", "Request"),
    "closing": Text(
        "本通知由工作台根据在手数据生成，须经审批、签字、盖章后生效；缺少资料不代表任何结论。",
        "Drawn up by the workbench from the data at hand; valid only when approved, signed and sealed. That records are "
        "lacking says nothing about anybody.",
    ),
    "approved": Text("批准人（签字）：____________", "Approved by (signature): ____________"),
    "handler": Text("承办人（签字）：____________", "Handled by (signature): ____________"),
    "contact": Text("联系电话：____________", "Telephone: ____________"),
    "seal": Text("（盖章）　　　　年　　月　　日", "(Seal) Date: ____________"),
    "none": Text("没有需要补调的资料。", "Nothing has to be asked for."),
}


@cache
def _template() -> jinja2.Template:
    loader = jinja2.PackageLoader("caselens.operations", "")
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    return environment.get_template("letter.html.j2")


def letter(found: list[Request], language: Language) -> str:
    """One HTML document with a letter for each addressee; it fetches nothing, and untrusted text is escaped."""
    by_office: dict[str, list[dict[str, object]]] = {}
    for item in found:
        shown: dict[str, object] = {
            "request_id": item.request_id,
            "asks_for": {language: item.asks_for.get(language)},
            "reason": {language: item.reason.get(language)},
        }
        by_office.setdefault(item.addressee.get(language), []).append(shown)
    words = {name: text.get(language) for name, text in WORDS.items()}
    return _template().render(language=language, words=words, letters=list(by_office.items()))
