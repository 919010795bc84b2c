"""The catalogue, printed from the declarations: ``python -m caselens.indicators._docs --write`` (or ``--check``)."""

from __future__ import annotations

import argparse
import csv
import inspect
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from caselens.core.text import LANGUAGES, Language, Text
from caselens.indicators import INDICATORS, Indicator
from caselens.indicators._declare import Param
from caselens.relations import RELATIONS, Relation

#: Where the committed pages live in a checkout.
FOLDER = Path(__file__).resolve().parents[3] / "docs"
PAGES: dict[Language, str] = {"en": "indicators.md", "zh": "indicators.zh.md"}

_GENERATED = Text(
    "<!-- 本页由 lib/caselens/indicators 与 relations 中的声明生成(python -m caselens.indicators._docs --write),请勿手工修改。 -->",
    "<!-- Generated from the declarations in lib/caselens/indicators and relations "
    "(python -m caselens.indicators._docs --write). Do not edit. -->",
)
_TITLE = Text("指标目录", "The indicators")
_INTRO = Text(
    "每个指标是向数据提出的一个问题。命中是需要核查的线索，不是结论；“无法评估”不等于“未发现问题”。"
    "阈值均可在工作区的 settings.toml 中按 [parameters.指标编号] 修改，均含端点。",
    "Each indicator is a question put to the data. A hit is a lead to be checked, never a verdict; not assessable never "
    "means that nothing was found. Thresholds are inclusive; settings.toml of a workspace may change them under "
    "[parameters.INDICATOR].",
)
_WORDS = {
    "calculation": Text("计算方法", "Calculation"),
    "kinds": Text("结论类型", "Kinds of finding"),
    "subject": Text("评估对象", "Subject"),
    "value": Text("数值", "Value"),
    "needs": Text("必需的表与列", "Needs"),
    "uses": Text("如有则使用的表", "Uses where present"),
    "relations": Text("依据的派生关系", "Derived relations"),
    "params": Text("阈值", "Thresholds"),
    "innocent": Text("正当解释及其检验", "Innocent explanations and their tests"),
    "untested": Text("数据无法检验，须向人核实。", "The tables cannot test it: somebody has to ask."),
    "next": Text("下一步核查", "Next steps"),
    "references": Text("依据", "References"),
    "example": Text("算例", "Worked example"),
    "answer": Text("结果", "Answer"),
    "confirm": Text("待核对原文", "to be confirmed at its source"),
    "relation_title": Text("派生关系", "Derived relations"),
    "relation_intro": Text(
        "多个指标共同依据的关系，每次刷新计算一次。", "What several indicators stand on, computed once a refresh."
    ),
}
_PARAM_HEAD = Text("| 名称 | 默认 | 单位 | 范围 | 理由 |", "| name | default | unit | range | reason |")
_ANSWER_HEAD = Text("| 对象 | 状态 |", "| subject | state |")
_COLUMN_HEAD = Text("| 列 | 中文名 | 英文名 | 类型 |", "| column | Chinese label | English label | kind |")
_KINDS = {
    "rule": Text("规则", "rule"),
    "statistical": Text("统计", "statistical"),
    "link": Text("关联", "link"),
}
_STATES = {
    "hit": Text("命中", "hit"),
    "clean": Text("未见异常", "clean"),
    "not_assessable": Text("无法评估", "not assessable"),
    "excluded": Text("依规则排除", "excluded"),
}


def render(language: Language) -> str:
    """The whole page in ``language``: a list, every indicator in the order of the catalogue, then the relations."""
    lines = [_GENERATED.get(language), "", f"# {_TITLE.get(language)}", "", _INTRO.get(language), ""]
    ordered = sorted(INDICATORS.values(), key=lambda item: item.number)
    lines += [f"- {item.number} [`{item.id}`](#{_anchor(item)}) {item.title.get(language)}" for item in ordered]
    for indicator in ordered:
        lines += ["", *_indicator(indicator, language)]
    lines += ["", f"## {_say('relation_title', language)}", "", _say("relation_intro", language)]
    for relation in RELATIONS.values():
        lines += ["", *_relation(relation, language)]
    return "\n".join(lines) + "\n"


def out_of_step(folder: Path = FOLDER) -> list[Path]:
    """The committed pages in ``folder`` that are absent or differ from the declarations; empty when all agree."""
    pages = {language: folder / PAGES[language] for language in LANGUAGES}
    return [
        page
        for language, page in pages.items()
        if not page.is_file() or page.read_text(encoding="utf-8") != render(language)
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages or check them. Returns 0, or 1 when ``--check`` finds a page out of step."""
    parser = argparse.ArgumentParser(prog="python -m caselens.indicators._docs", description=__doc__)
    action = parser.add_mutually_exclusive_group()
    action.add_argument(
        "--write", action="store_true", help="write docs/indicators.md and its Chinese side (the default)"
    )
    action.add_argument("--check", action="store_true", help="exit with 1 when a page is out of step")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="folder of the pages (default: docs)")
    options = parser.parse_args(arguments)
    if not options.check:
        options.folder.mkdir(parents=True, exist_ok=True)
        for language, name in PAGES.items():
            (options.folder / name).write_text(render(language), encoding="utf-8", newline="\n")
        return 0
    stale = out_of_step(options.folder)
    for page in stale:
        sys.stderr.write(f"{page.name} is out of step with the declarations; run the same command with --write\n")
    return 1 if stale else 0


def _indicator(item: Indicator, language: Language) -> list[str]:
    """One indicator: what it asks, how, on what, with which thresholds, what else may explain a hit, and an example."""
    module = inspect.getmodule(item.compute)
    how = inspect.cleandoc(item.compute.__doc__ or (module.__doc__ if module else None) or "")
    needs = "; ".join(f"`{table}` ({_names(columns)})" for table, columns in item.needs.items())
    lines = [f"## {_anchor(item)}", "", f"{item.number}. **{item.title.zh} · {item.title.en}**", ""]
    lines += [item.question.get(language), "", f"{_say('calculation', language)}: {' '.join(how.split())}", ""]
    lines += [
        f"- {_say('kinds', language)}: {', '.join(_KINDS[kind].get(language) for kind in item.kinds)}",
        f"- {_say('subject', language)}: {item.subject}",
        f"- {_say('value', language)}: {item.value_unit.get(language)}",
        f"- {_say('needs', language)}: {needs}",
    ]
    lines += [f"- {_say('uses', language)}: {_names(item.uses)}"] if item.uses else []
    lines += [f"- {_say('relations', language)}: {_names(item.relations)}"] if item.relations else []
    lines += ["", f"### {_say('params', language)}", "", _PARAM_HEAD.get(language), "| --- | --- | --- | --- | --- |"]
    lines += [_param(param, language) for param in item.params]
    lines += ["", f"### {_say('innocent', language)}", ""]
    for honest in item.innocent:
        test = honest.test.get(language) if honest.test else _say("untested", language)
        lines.append(f"- {honest.text.get(language)} → {test}")
    lines += ["", f"### {_say('next', language)}", "", *(f"- {step.get(language)}" for step in item.next_steps)]
    lines += ["", f"### {_say('references', language)}", ""]
    lines += [f"- {ref.text}" + (f" <{ref.url}>" if ref.url else "") for ref in item.references]
    return [*lines, "", f"### {_say('example', language)}", *_example(item, language)]


def _param(param: Param, language: Language) -> str:
    span = f"{_number(param.low)} – {_number(param.high)}" if param.low is not None and param.high is not None else ""
    why = param.why.get(language) + (f" ({_say('confirm', language)})" if param.to_confirm else "")
    return _row([f"`{param.name}`", _number(param.default), param.unit, span, why])


def _example(item: Indicator, language: Language) -> list[str]:
    lines: list[str] = []
    for table, text in item.example.tables.items():
        head, *rows = csv.reader(io.StringIO(text))
        lines += ["", f"`{table}`", "", _row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)]
    states = dict.fromkeys(sorted(item.example.flags), "hit") | dict.fromkeys(sorted(item.example.leaves), "clean")
    lines += ["", _say("answer", language), "", _ANSWER_HEAD.get(language), "| --- | --- |"]
    answers = [*states.items(), *item.example.others.items()]
    return lines + [_row([f"`{name}`", _STATES[state].get(language)]) for name, state in answers]


def _relation(relation: Relation, language: Language) -> list[str]:
    lines = [f"### `{relation.id}` {relation.label.zh} · {relation.label.en}", "", relation.about.get(language), ""]
    lines += [f"{_say('needs', language)}: {_names(relation.needs)}", "", _COLUMN_HEAD.get(language)]
    lines += ["| --- | --- | --- | --- |"]
    return lines + [_row([f"`{c.name}`", c.label.zh, c.label.en, c.kind]) for c in relation.columns]


def _anchor(item: Indicator) -> str:
    return item.id


def _say(word: str, language: Language) -> str:
    return _WORDS[word].get(language)


def _number(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,.10g}"


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


if __name__ == "__main__":
    raise SystemExit(main())
