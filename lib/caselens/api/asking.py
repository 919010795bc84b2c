"""What an analyst asks of a case: who somebody is, how two are connected, where money went, what is new."""

from __future__ import annotations

import inspect
from functools import cached_property
from typing import TYPE_CHECKING, cast

import pandas as pd

from caselens.api.listed import Findings
from caselens.api.network import Network
from caselens.api.party import Account, Party, party_of
from caselens.core.text import Language
from caselens.findings import screen
from caselens.graph import needed, ways
from caselens.graph.paths import COLUMNS
from caselens.views import Fragment

if TYPE_CHECKING:
    from caselens.api.case import Case

#: Rows of a step of a way that are looked up.
ROWS_TOLD = 3
_SIDES = ("payer", "payee")


class Questions:
    """The questions of a :class:`caselens.api.Case`; each reads like a sentence: ``case.person("…").payments()``."""

    @property
    def _case(self) -> Case:
        return cast("Case", self)

    def person(self, name: str) -> Party:
        """A person of the case by name or entity id.

        Raises:
            UsageError: nobody, or several, are called so.
        """
        return party_of(self._case, name, "person")

    def firm(self, name: str) -> Party:
        """An organization of the case by name or entity id.

        Raises:
            UsageError: none, or several, are called so.
        """
        return party_of(self._case, name, "organization")

    def account(self, account_id: str) -> Account:
        """An account by its number; what the payments do not know has none of them.

        ``case.account("A06180").trace()`` follows its money.
        """
        return Account(self._case, account_id)

    def path(self, source: str, target: str, *, hops: int = 4, most: int = 20) -> pd.DataFrame:
        """Ways from one party to another, the strongest first; parties by name or id, or by role (``official``).

        Columns of :func:`caselens.graph.ways`, and ``way``: the names along it; ``innocent_zh, innocent_en``: what it
        would need to be innocent. With roles all pairs are looked at. :meth:`paths` is the same for reading.

        Raises:
            UsageError: nobody in the case has that name, id or role.
        """
        starts, ends = self._named(source), self._named(target)
        found = [ways(self._case.graph, a, b, hops=hops, most=most) for a in starts for b in ends if a != b]
        every = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=COLUMNS)
        parties = self._case.parties
        about = set(parties.loc[parties["is_subject"], "entity_id"])
        # Among equals: those that hold in time, the shorter, those from whom the case is about.
        every = every.assign(
            late=~every["in_time"].astype(bool), away=[not about & {nodes[0], nodes[-1]} for nodes in every["nodes"]]
        )
        every = every.sort_values(
            ["strength", "late", "hops", "away"], ascending=[False, True, True, True], kind="stable"
        )
        every = every.drop(columns=["late", "away"]).head(most)
        cleared = [needed(steps, in_time) for steps, in_time in zip(every["steps"], every["in_time"], strict=True)]
        told = every.assign(
            rank=range(1, len(every) + 1),
            way=[" → ".join(self._case.name(node) for node in nodes) for nodes in every["nodes"]],
            innocent_zh=["".join(text.zh for text in texts) for texts in cleared],
            innocent_en=[" ".join(text.en for text in texts) for texts in cleared],
        ).reset_index(drop=True)
        told.attrs["more"] = any(one.attrs["more"] for one in found)
        return told

    def paths(self, source: str, target: str, language: Language = "zh", *, hops: int = 4, most: int = 20) -> Fragment:
        """The ways of :meth:`path` for reading: hop by hop with the rows, and what each would need to be innocent."""
        from caselens.reports.ways import ways_shown

        found = self.path(source, target, hops=hops, most=most)
        wanted = {row for legs in found["legs"] for leg in legs for row in leg["rows"][:ROWS_TOLD]}
        return ways_shown(found, self._case.labels, self._case.located(sorted(wanted)), language)

    def network(self, language: Language = "zh") -> Network:
        """The network of the case: a picture where a notebook shows it, and GraphML, GEXF, Neo4j CSV on request."""
        return Network(self._case, language)

    def screen(self, *only: str) -> Findings:
        """Put every indicator's question (or those named) to the workspace anew; the findings of this case.

        What the case had computed before is forgotten, so that everything follows the new answers.

        Raises:
            UsageError: there is no indicator of that name.
        """
        screen(self._case.workspace, only)
        for name, member in inspect.getmembers_static(type(self)):
            if isinstance(member, cached_property):
                self.__dict__.pop(name, None)
        return self._case.findings()

    def clusters(self, currency: str = "CNY") -> pd.DataFrame:
        """Payments of the case that look like one scheme each, the most surprising first; money of one currency.

        Columns of ``table`` of :func:`caselens.flows.cluster`: name, typology, parties, amount, period and why.
        """
        from caselens.flows import cluster

        payments = self._case.payments()
        payments = payments[payments["currency"].fillna("CNY") == currency]
        sides = [payments[[f"{side}_account", f"{side}_name"]].set_axis(["account", "name"], axis=1) for side in _SIDES]
        named = pd.concat(sides).dropna().drop_duplicates("account")
        holders = dict(zip(named["account"], named["name"], strict=True))
        return cluster(payments, holders=holders, check_stability=False).table

    def show_clusters(self, language: Language = "zh", first: int = 10) -> Fragment:
        """The map of :meth:`clusters`, by day and amount, and the ``first`` of them with the reason to read each."""
        from caselens.reports.clusters import clusters_shown

        return clusters_shown(self.clusters(), language, first)

    def _named(self, word: str) -> list[str]:
        by_role = self._case.parties.loc[self._case.parties["role"] == word, "entity_id"]
        return sorted(by_role) if len(by_role) else [party_of(self._case, word, "").id]
