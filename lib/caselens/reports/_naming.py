"""How a redacted edition names and withholds: parties, records, cells and sentences of one case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import Any

import pandas as pd

from caselens.core.text import Language, Text
from caselens.reports._known import FREE, Known, common_words, known_values, names_nobody
from caselens.reports._scrub import WITHHELD, Scrubber, Vocabulary, own_texts
from caselens.reports.pseudonyms import Pseudonyms, secret_of
from caselens.tables import TABLES, Column, code_label
from caselens.workspace import Workspace

MEMO, SENTENCE, CELL = "memo", "sentence", "cell"
_COUNTED: dict[str, Text] = {
    MEMO: Text("自由填写的文字 {n} 处", "{n} pieces of free text"),
    SENTENCE: Text("说明语句 {n} 处", "{n} sentences"),
    CELL: Text("其他栏目 {n} 处", "{n} other cells"),
}
_ABOUT = Text(
    "本报告为脱敏版：人员、单位、账户、编号、文件均以化名代替，同一主体在本案各处化名一致；金额、日期和行号保留，"
    "知悉具体款项的人仍可能据此辨认。",
    "This is the redacted edition: people, organizations, accounts, numbers and files stand under pseudonyms, the same "
    "one throughout this case. Amounts, days and row numbers remain, so whoever knows a payment may still recognise it.",
)
_LEFT_OUT = Text(
    "另有不能确认不含身份信息的内容未予列示（标“{mark}”）：{parts}。",
    " What could not be shown to name nobody is withheld (marked {mark}): {parts}.",
)


class Naming:
    """Pseudonyms and withholding for one case in one language.

    Args:
        workspace: whose values must not be shown.
        entity_of: source id → entity id.
        kinds: entity id → ``person`` or ``organization``.
        scope: the case's id, or "" for pseudonyms that hold over the whole workspace.
        language: of words and sentences.
    """

    def __init__(
        self,
        workspace: Workspace,
        entity_of: Mapping[str, str],
        kinds: Mapping[str, str],
        scope: str,
        language: Language,
    ) -> None:
        self.workspace, self.language = workspace, language
        self._entity_of, self._kinds = entity_of, kinds
        self.pseudonyms = Pseudonyms(secret_of(workspace.folder.root), scope, language, kinds)
        self._keys: dict[tuple[str, str], str] = {}

    @cached_property
    def known(self) -> dict[str, Known]:
        """Everything that must not be shown, with what it stands for."""
        return known_values(self.workspace)

    @cached_property
    def scrubber(self) -> Scrubber:
        """Replaces known values in sentences; the package's words and what many rows share may stay."""
        pseudonym: dict[str, Callable[[], str]] = {v: partial(self._of_known, k) for v, k in self.known.items()}
        plain = Scrubber(pseudonym, Vocabulary(own_texts()), self.language)
        # A post that many hold is a word; a post in which a known name stands is not.
        shared = [text for text in common_words(self.workspace) if plain.holds_nothing_known(text)]
        return Scrubber(pseudonym, Vocabulary([*own_texts(), *shared]), self.language)

    def withheld(self) -> Counter[str]:
        """How much was withheld so far, by sort."""
        return +self.scrubber.withheld

    # -- parties, accounts, records ------------------------------------------------------------------------------

    def _of_known(self, known: Known) -> str:
        if known.entity:
            return self.party(known.entity)
        return self.pseudonyms.of(known.kind, known.value, known.word)

    def party(self, identifier: str) -> str:
        """What an entity, an account or any other record's id is called."""
        entity = self._entity_of.get(identifier, identifier)
        if entity in self._kinds:
            return self.pseudonyms.party(self._kinds[entity], entity)
        known = self.known.get(identifier)
        return self._of_known(known) if known and not known.entity else self.pseudonyms.of("record", identifier)

    def account(self, account_id: str) -> str:
        """What an account is called."""
        return self.pseudonyms.of("account", account_id)

    def key(self, table: str, key: Any) -> str:
        """The code of a record, the same as where its id stands in a cell; :meth:`key_of` finds the record again."""
        name = str(key)
        if name in self._entity_of:
            code = self.pseudonyms.party_code(self._entity_of[name])
        elif table in TABLES and len(TABLES[table].key) == 1:
            code = self.pseudonyms.code("account" if table == "accounts" else "record", name)
        else:
            code = self.pseudonyms.code("key", f"{table}\0{name}")
        self._keys[(table, code)] = name
        return code

    def key_of(self, table: str, code: str) -> str:
        """The key behind a code that :meth:`key` gave out."""
        return self._keys[(table, code)]

    def object(self, table: str, identifier: str) -> str:
        """What the object of a finding is called: a party or account by its pseudonym, a record by its code."""
        if table in ("persons", "organizations", "accounts") or identifier in self._kinds:
            return self.party(identifier)
        return self.key(table, identifier)

    def placed(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame with files and sheets by their pseudonyms; the row number stays."""
        shown = {
            f"source_{kind}": [
                value if pd.isna(value) or not str(value) else self.pseudonyms.of(kind, str(value))
                for value in frame[f"source_{kind}"]
            ]
            for kind in ("file", "sheet")
        }
        return frame.assign(**shown)

    # -- texts and cells -----------------------------------------------------------------------------------------

    def sentence(self, text: Any) -> str:
        """A sentence of the workbench without names, or the mark."""
        return self.scrubber.sentence(text, SENTENCE) if isinstance(text, str) and text else ""

    def free(self, text: Any) -> str:
        """What somebody wrote, or the mark."""
        return self.scrubber.sentence(str(text), MEMO) if not pd.isna(text) and str(text) else ""

    def code(self, column: Column, value: Any) -> Any:
        """A declared code as it is; another is somebody's text."""
        if pd.isna(value) or not str(value) or str(value) in column.codes:
            return value
        return self.scrubber.sentence(str(value), CELL)

    def cell(self, table: str, column: Column, value: Any) -> Any:
        """A cell: names and numbers by pseudonym, codes and texts by their words, amounts and days as they are."""
        if value is None or (not isinstance(value, (list, tuple)) and pd.isna(value)) or value == "":
            return value
        if not names_nobody(table, column):
            parts = [part.strip() for part in str(value).split(";")] if column.several else [str(value)]
            return self._listed([self._naming(table, column, part) for part in parts if part])
        if column.kind == "code":
            return self.code(column, value)
        if column.kind == "text":
            is_free = column.name in FREE.get(table, frozenset())
            return self.scrubber.sentence(str(value), MEMO if is_free else CELL)
        return value

    def _naming(self, table: str, column: Column, value: str) -> str:
        if {"persons", "organizations"} & set(column.references) or value in self._entity_of:
            return self.party(value)
        if "accounts" in column.references or (table, column.name) == ("accounts", "account_id"):
            return self.account(value)
        known = self.known.get(value)
        if known and (known.entity or known.kind != "record"):
            return self._of_known(known)
        # The heading of the cell says what it is.
        return self.pseudonyms.code("record", value)

    def written(self, table: str, column: Column, value: Any, language: Language) -> str | None:
        """A cell of an evidence row (see ``findings.evidence.locate``); None leaves numbers and days as they are."""
        if column.kind == "code":
            codes = [part.strip() for part in (str(value).split(";") if column.several else [str(value)])]
            labels = [(code, code_label(table, column.name, code).get(language)) for code in codes if code]
            # A code without a label is whatever stood in the file.
            return self._listed([label if label != code else str(self.code(column, code)) for code, label in labels])
        return str(self.cell(table, column, value)) if column.kind in ("id", "list", "text") else None

    def _listed(self, parts: list[str]) -> str:
        return ("、" if self.language == "zh" else ", ").join(parts)


def withheld_note(counted: Mapping[str, int], language: Language) -> str:
    """What a redacted edition says about itself and about what it left out."""
    parts = [text.get(language).format(n=f"{counted[sort]:,}") for sort, text in _COUNTED.items() if counted.get(sort)]
    if not parts:
        return _ABOUT.get(language)
    joined = ("、" if language == "zh" else ", ").join(parts)
    return _ABOUT.get(language) + _LEFT_OUT.get(language).format(mark=WITHHELD.get(language), parts=joined)
