"""What all views of institutions share: a table with its picture, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from caselens.core.errors import NotAssessable, UsageError
from caselens.core.text import Language, Text
from caselens.institutions import declared_complete, names_of
from caselens.reports._gaps import said
from caselens.reports._institution_words import CODES, KINDS, LABELS
from caselens.reports.sections import _closed, drawing
from caselens.tables import TABLES, code_label
from caselens.views import Fragment, escape, table
from caselens.views._format import is_missing
from caselens.workspace import Workspace

if TYPE_CHECKING:
    import plotly.graph_objects as go

_DARK = Text("未能评估：{reason}。这不等于没有问题。", "Could not be assessed: {reason}. That is not “in order”.")
_NONE = Text("现有记录中没有这样的行{caveat}。", "The records have no such row{caveat}.")
_OPEN = Text(
    "；“{table}”未声明完整，不能据此认为没有", "; “{table}” is not declared complete, so absence proves nothing"
)
#: Rows from which a table is closed at first.
_LONG = 30
Draw = Callable[[pd.DataFrame, Language], "go.Figure"]


@dataclass(frozen=True, slots=True)
class Shown:
    """How one frame is shown: its title, columns, the table whose rows it is, a caveat, codes and a picture."""

    title: Text
    columns: Sequence[str]
    table: str
    note: Text | None = None
    #: Column -> ``(table, column)`` whose code list its values are in.
    codes: Mapping[str, tuple[str, str]] | None = None
    picture: Text | None = None
    draw: Draw | None = None


@dataclass(frozen=True)
class Institution:
    """One unit (or, with an empty ``org_id``, all of them) of a workspace. Nothing is computed before it is asked for.

    Raises:
        UsageError: the unit is not on record.
    """

    workspace: Workspace
    org_id: str = ""

    #: Frames by name, each a function of ``caselens.institutions``.
    FRAMES: ClassVar[Mapping[str, Callable[..., pd.DataFrame]]] = {}

    def __post_init__(self) -> None:
        if self.org_id and self.org_id not in names_of(self.workspace):
            raise UsageError(f"there is no unit {self.org_id!r} on record")

    @classmethod
    def frames(cls) -> dict[str, str]:
        """The frames there are, each with the first line of what it says."""
        every = {name: made for kind in reversed(cls.__mro__) for name, made in getattr(kind, "FRAMES", {}).items()}
        return {name: (made.__doc__ or "").partition("\n")[0] for name, made in sorted(every.items())}

    def frame(self, name: str, **options: Any) -> pd.DataFrame:
        """The frame called ``name`` for pandas; its columns are documented in ``caselens.institutions``.

        Raises:
            UsageError: there is none of that name; the sentence lists them.
            NotAssessable: the records do not allow it; the sentence says why.
        """
        for kind in type(self).__mro__:
            if name in getattr(kind, "FRAMES", {}):
                made: Callable[..., pd.DataFrame] = kind.FRAMES[name]  # type: ignore[attr-defined]
                return made(self.workspace, self.org_id, **options)
        raise UsageError(f"there is no frame {name!r}; there are {', '.join(self.frames())}")

    def _show(self, name: str, how: Shown, language: Language, *, limit: int = 100, **options: Any) -> Fragment:
        try:
            found = self.frame(name, **options)
        except NotAssessable as error:
            return dark(how.title, str(error), language)
        return show(found, how, language, self.workspace, limit)


def dark(title: Text, reason: str, language: Language) -> Fragment:
    """A section that cannot be filled, and why."""
    told = _DARK.get(language).format(reason=said(reason, language))
    html = f'<p class="caveat"><strong>{escape(title.get(language))}</strong>: {escape(told)}</p>'
    return Fragment(html, f"{title.get(language)}: {told}", language)


def show(found: pd.DataFrame, how: Shown, language: Language, workspace: Workspace, limit: int = 100) -> Fragment:
    """A frame with its caveat and picture; an empty one says whether that proves anything."""
    title = how.title.get(language)
    if found.empty:
        caveat = ""
        if not declared_complete(workspace, how.table):
            caveat = _OPEN.get(language).format(table=TABLES[how.table].label.get(language))
        told = _NONE.get(language).format(caveat=caveat)
        return Fragment(f"<p><strong>{escape(title)}</strong>: {escape(told)}</p>", f"{title}: {told}", language)
    # The notebook has the heading, the table a caption: a title of its own would stand there a third time.
    parts: list[Fragment] = []
    if how.note:
        parts.append(Fragment(f'<p class="soft">{escape(how.note.get(language))}</p>', "", language))
    if how.draw:
        parts.append(drawing(how.draw(found, language), how.picture or how.title, language))
    shown = worded(found[list(how.columns)], how.codes or {}, language)
    listed = table(shown, language, LABELS, caption=title, kinds={**KINDS}, limit=limit)
    parts.append(_closed(listed) if len(shown) > _LONG else listed)
    return Fragment.join(parts, language)


def worded(frame: pd.DataFrame, codes: Mapping[str, tuple[str, str]], language: Language) -> pd.DataFrame:
    """A copy with codes by their labels and lists as text."""
    shown = frame.copy()
    for name in shown.columns:
        own = CODES.get("panel" if codes.get(name) == ("", "panel") else name, {})
        declared = codes.get(name)

        def word(value: Any, own: Mapping[str, Text] = own, declared: tuple[str, str] | None = declared) -> Any:
            if isinstance(value, list):
                return ("、" if language == "zh" else ", ").join(str(word(item)) for item in value) or None
            if is_missing(value):
                return value
            if declared and declared[0] and str(value):
                return code_label(*declared, str(value)).get(language)
            return own[str(value)].get(language) if str(value) in own else value

        if declared or own or shown[name].map(lambda value: isinstance(value, list)).any():
            shown[name] = pd.Series([word(value) for value in shown[name]], shown.index, dtype=object)
    return shown
