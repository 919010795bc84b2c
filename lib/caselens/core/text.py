"""A sentence in the two languages of the house."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
#: Stands between the two sides of a cell that holds both.
BETWEEN = " | "


@dataclass(frozen=True, slots=True)
class Text:
    """One text in Chinese and English.

    Neither language may be empty: a sentence that only half of the readers get is a defect, found on import.

    Raises:
        ValueError: if either language is blank.
    """

    zh: str
    en: str

    def __post_init__(self) -> None:
        for language in LANGUAGES:
            if not getattr(self, language).strip():
                raise ValueError(f"Text lacks its {language} side: {self!r}")

    def get(self, language: Language) -> str:
        """The text in ``language`` (``"zh"`` or ``"en"``)."""
        return self.zh if language == "zh" else self.en

    def both(self) -> str:
        """Both sides in one cell, for columns of the data contract that have no language: ``pick`` takes one out."""
        return f"{self.zh}{BETWEEN}{self.en}"

    def format(self, **values: object) -> Text:
        """Both sides with ``{name}`` places filled in. Values are inserted as they are, never interpreted."""
        return Text(self.zh.format(**values), self.en.format(**values))


def pick(cell: str, language: Language) -> str:
    """The side of ``language`` out of a cell that :meth:`Text.both` wrote; any other cell as it is."""
    zh, between, en = cell.partition(BETWEEN)
    if not between:
        return cell
    return zh if language == "zh" else en
