"""How a comparison is declared: its levels from full agreement down, what each means, and how often it is met.

``m`` is how often the level is met between two rows of one party, ``u`` how often between rows of two parties
(Fellegi and Sunter, 1969). ``m`` is declared, so that the same rows always give the same probability; ``u`` is counted
in the data at hand and only leans on the declared value where there are few rows.
"""

from __future__ import annotations

from dataclasses import dataclass

from caselens.core.text import Text


@dataclass(frozen=True, slots=True)
class Level:
    """One degree of agreement.

    Attributes:
        sql: condition over ``l.`` and ``r.`` columns (see ``Comparison.columns``); empty for "anything else".
        text: what the sentence of a link says of it.
        m, u: see the module.
        agrees: the level speaks for one party. Only agreeing levels beside the name can make a link.
    """

    sql: str
    text: Text
    m: float
    u: float
    agrees: bool = True


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared, and how.

    Attributes:
        id: its name, also in ``entity_links.comparison``.
        title: what a person calls it.
        kinds: ``person``, ``organization``: whose rows it compares.
        column: the prepared column compared for equality; its values' frequencies weigh the first level.
        levels: from full agreement down; the last has no ``sql``.
        frequency: how frequent a value of the column usually is, where the data say little.
        is_own: the value belongs to one party by its nature (a telephone number, an account): that two rows share it
            does not make it a common value. ``False`` for what strangers share (a name, a birth date).
        proves: agreement counts as evidence beside the name.
        blocks: the column brings pairs together by itself (where not more than a few rows share the value).
        null: condition over ``l.`` and ``r.`` under which nothing can be said; empty for "either is missing".
        is_personal: a household or an office does not share it, as it may a telephone or an address.
        weak: levels of a name up to this one need two full personal agreements beside them.
    """

    id: str
    title: Text
    kinds: tuple[str, ...]
    column: str
    levels: tuple[Level, ...]
    frequency: float
    is_own: bool = False
    proves: bool = True
    blocks: bool = False
    null: str = ""
    is_personal: bool = False
    weak: int = 0

    @property
    def null_sql(self) -> str:
        """Condition under which nothing can be said."""
        return self.null or f"l.{self.column} IS NULL OR r.{self.column} IS NULL"

    def case(self) -> str:
        """SQL that gives the level: the first is the highest, the last 0, nothing to say -1."""
        last = len(self.levels) - 1
        whens = " ".join(f"WHEN {level.sql} THEN {last - at}" for at, level in enumerate(self.levels[:-1]))
        return f"CASE WHEN {self.null_sql} THEN -1 {whens} ELSE 0 END"
