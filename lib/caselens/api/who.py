"""Who is who as an analyst sees it: the merges, the reasons, what is left to decide, and what a decision would change."""

from __future__ import annotations

import json

import ibis
import ibis.expr.types as ir
import pandas as pd

from caselens.api import _who_is_who as functions
from caselens.api.access import Gate
from caselens.core.errors import UsageError
from caselens.core.text import Language, Text
from caselens.entities import entities, resolved
from caselens.tables import TABLES
from caselens.views import Fragment, labels_of, table
from caselens.workspace import Workspace

_PARTIES = {"persons", "organizations"}
_LABELS = {
    "table": Text("表", "Table"),
    "rows": Text("来源记录", "Source rows"),
    "entities": Text("归并后主体", "Parties"),
    "rules": Text("归并依据", "Links by what made them"),
    "undecided": Text("待人工判断", "To be decided"),
    "name": Text("名称", "Name"),
    "members": Text("来源编号", "Source ids"),
    "sentence": Text("理由", "Reason"),
    "probability": Text("概率", "Probability"),
    "left": Text("一方", "One"),
    "right": Text("另一方", "Other"),
    "one": Text("一方的行数", "Rows of the one"),
    "other": Text("另一方的行数", "Rows of the other"),
    "both": Text("同一行中两者都在", "Rows with both"),
    "kind": Text("决定", "Decision"),
    "ids": Text("对象", "Rows"),
    "reason": Text("理由", "Reason"),
    "decided_by": Text("决定人", "Decided by"),
    "decided_at": Text("时间", "When"),
    "decision_id": Text("决定编号", "Decision"),
}
_CAPTIONS = {
    "summary": Text("归并概况", "What resolution gave"),
    "merged": Text("已归并的主体", "Parties of several rows"),
    "reasons": Text("归并理由", "Why rows were joined"),
    "undecided": Text("待人工判断的记录对", "Pairs to decide"),
    "change": Text("如归并，将合在一起的记录", "What would come together"),
    "decisions": Text("有效的人工决定", "Decisions in force"),
}
_KINDS = {
    "same": Text("同一主体", "same"),
    "different": Text("不是同一主体", "different"),
    "unsure": Text("存疑", "unsure"),
}


class Who:
    """Resolution of one workspace; every listing is a section of the notebook. ``desk.who.reasons("zh")``."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def resolve(self) -> list[functions.Outcome]:
        """Resolve anew; what it gave for persons and organizations."""
        return functions.resolve(self._workspace)

    def listing(self, what: str = "entities") -> pd.DataFrame:
        """``entities``, ``entity_links`` or ``undecided`` as a frame."""
        return functions.listing(self._workspace, what)

    def decide(self, kind: str, members: list[str], reason: str, who: str) -> str:
        """Write down that rows are the ``same`` party, ``different`` ones, or that somebody is ``unsure``; gives the id."""
        Gate(self._workspace).check("decide", why=reason)
        return functions.decide(self._workspace, kind, members, reason, who)

    def undo(self, decision_id: str, reason: str, who: str) -> str:
        """Undo a decision; it stays written."""
        Gate(self._workspace).check("decide", why=reason)
        return functions.undo(self._workspace, decision_id, reason, who)

    def counts(self) -> pd.DataFrame:
        """Rows, parties, links and pairs to decide of persons and organizations."""
        members = entities(self._workspace).execute()
        links, doubts = self.listing("entity_links"), self.listing("undecided")
        rows = []
        for name in ("persons", "organizations"):
            mine = members[members["member_table"] == name]
            made = links.loc[links["member_table"] == name, "rule"].value_counts().sort_index()
            rules = ", ".join(f"{rule} {count}" for rule, count in made.items())
            rows.append(
                (name, len(mine), mine["entity_id"].nunique(), rules, int((doubts["member_table"] == name).sum()))
            )
        return pd.DataFrame(rows, columns=["table", "rows", "entities", "rules", "undecided"])

    def summary(self, language: Language) -> Fragment:
        """The counts, readable."""
        counts = self.counts()
        shown = counts.assign(table=[TABLES[name].label.get(language) for name in counts["table"]])
        return table(shown, language, _LABELS, caption=_CAPTIONS["summary"].get(language))

    def merged(self, language: Language) -> Fragment:
        """Parties that several source rows make up."""
        frame = self.listing("entities")
        several = frame[[len(json.loads(members)) > 1 for members in frame["member_ids"]]]
        ids = [", ".join(json.loads(members)) for members in several["member_ids"]]
        shown = pd.DataFrame({"entity_id": several["entity_id"], "name": several["name"], "members": ids})
        labels = {**labels_of("entities"), **_LABELS}
        return table(shown, language, labels, caption=_CAPTIONS["merged"].get(language), limit=200)

    def reasons(self, language: Language, entity_id: str = "") -> Fragment:
        """Why rows were joined: of one party, or of all, the least sure first."""
        links = self.listing("entity_links").sort_values(["probability", "entity_id", "member_id"])
        if entity_id:
            links = links[links["entity_id"] == entity_id]
        shown = links[["entity_id", "member_id", "linked_to", "rule", "probability", f"sentence_{language}"]]
        shown = shown.rename(columns={f"sentence_{language}": "sentence"})
        labels = {**labels_of("entity_links"), **_LABELS}
        return table(shown, language, labels, caption=_CAPTIONS["reasons"].get(language), limit=200)

    def undecided(self, language: Language) -> Fragment:
        """Pairs that may be one party and were not joined, the likeliest first."""
        doubts = self.listing("undecided").sort_values(["probability", "left_id"], ascending=[False, True])
        named = {
            side: [f"{name} ({key})" for name, key in zip(doubts[f"{side}_name"], doubts[f"{side}_id"], strict=True)]
            for side in ("left", "right")
        }
        shown = pd.DataFrame({**named, "sentence": doubts[f"sentence_{language}"]})
        return table(shown, language, _LABELS, caption=_CAPTIONS["undecided"].get(language), limit=200)

    def change(self, one: str, other: str) -> pd.DataFrame:
        """What would come together if two rows were one party: ``table, one, other, both``, tables with rows only.

        ``both`` counts rows that name the two in different columns: a payment between them would become one to himself.
        A row that is joined to others already stands for its whole party.

        Raises:
            UsageError: a row does not exist.
        """
        members = entities(self._workspace).select("member_id", "entity_id").execute()
        known = dict(zip(members["member_id"], members["entity_id"], strict=True))
        missing = [key for key in (one, other) if key not in known]
        if missing:
            raise UsageError(f"no person or organization is called {', '.join(missing)} 没有此编号")
        first, second = known[one], known[other]
        rows = []
        for name in self._workspace.tables():
            columns = [c.name for c in TABLES[name].columns if set(c.references) & _PARTIES and not c.several]
            if not columns or TABLES[name].written_by_workbench:
                continue
            frame = resolved(self._workspace, name)
            here = [_named_in(frame, columns, party) for party in (first, second)]
            counts = frame.aggregate(one=here[0].sum(), other=here[1].sum(), both=(here[0] & here[1]).sum()).execute()
            found = [0 if pd.isna(value) else int(value) for value in counts.iloc[0]]
            if any(found):
                rows.append((name, *found))
        return pd.DataFrame(rows, columns=["table", "one", "other", "both"])

    def what_if(self, one: str, other: str, language: Language) -> Fragment:
        """:meth:`change`, readable."""
        found = self.change(one, other)
        shown = found.assign(table=[TABLES[name].label.get(language) for name in found["table"]])
        return table(shown, language, _LABELS, caption=_CAPTIONS["change"].get(language))

    def decisions(self, language: Language) -> Fragment:
        """What people decided and did not undo."""
        rows = [
            (
                _KINDS[item.kind].get(language),
                ", ".join(item.object_ids),
                item.reason,
                item.decided_by,
                item.decided_at,
                item.decision_id,
            )
            for item in self._workspace.identity_decisions()
        ]
        frame = pd.DataFrame(rows, columns=["kind", "ids", "reason", "decided_by", "decided_at", "decision_id"])
        return table(frame, language, _LABELS, caption=_CAPTIONS["decisions"].get(language))


def _named_in(frame: ir.Table, columns: list[str], party: str) -> ir.BooleanValue:
    """Whether a row names the party in any of these columns."""
    return ibis.or_(*((frame[column] == party).fill_null(False) for column in columns))
