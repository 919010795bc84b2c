"""Tracing money in a workspace: four methods side by side, every leg with its row in a file, as tables for a reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from caselens.core.text import Language, Text
from caselens.entities import entities, resolved
from caselens.flows import Trace, trace
from caselens.flows.stored import row_of, rows_at, stored_index
from caselens.reports.sections import drawing
from caselens.views import Fragment, escape
from caselens.views import table as drawn_table
from caselens.views.traced import traced_sankey
from caselens.workspace import Workspace

#: Rows of a table that a page lists; the rest is counted in its caption.
_SHOWN = 200

METHODS = {
    "fifo": Text("先进先出", "FIFO"),
    "lifo": Text("后进先出", "LIFO"),
    "pro_rata": Text("按比例", "pro rata"),
    "lowest_balance": Text("最低余额", "lowest balance"),
}
_HEADS = {
    "paid_at": Text("时间", "time"),
    "payer": Text("付款", "payer"),
    "payee": Text("收款", "payee"),
    "amount": Text("金额", "amount"),
    "account": Text("账户", "account"),
    "reason": Text("情形", "state"),
    "balance": Text("账户余额", "balance"),
    "place": Text("出处", "row"),
    "why": Text("原因", "why"),
    "days": Text("相差天数", "days"),
    "needs": Text("尚须核实", "what would have to be found"),
    **METHODS,
}
_REASONS = {
    "stayed": Text("留存", "stayed"),
    "no_payment_seen_after": Text("此后未见付款，流水可能不全", "no payment seen after: a statement may be missing"),
    "hub": Text("枢纽账户，未继续追踪", "hub, not opened"),
    "cash": Text("现金", "cash"),
    "stopped": Text("按要求止于此", "stopped here as asked"),
    "source_unknown": Text("来源不明", "source unknown"),
}
_TITLES = {
    "ends": Text("资金去向(各方法并列)", "Where the money lies, by each method"),
    "origins": Text("资金来源(各方法并列)", "Where the money came from, by each method"),
    "legs": Text("逐笔流转", "Leg by leg"),
    "differences": Text("各方法不一致之处及原因", "Where the methods differ, and why"),
    "conditional": Text("有条件成立的环节(未计入)", "Hops that hold only conditionally (not counted)"),
}
_GOES, _CAME = Text("资金去向图", "Where the money went"), Text("资金来源图", "Where the money came from")
#: What the reader must not forget, whatever came out.
CAVEAT = Text(
    "资金一旦混同，四种方法均为记账规则，不是事实认定；以上为线索，须以原始凭证核实。",
    "Once money is mixed, each method is a rule of accounting, not a finding of fact: these are leads, to be verified "
    "against the original vouchers.",
)


@dataclass(frozen=True, repr=False)
class Traced:
    """A trace in a workspace.

    Attributes:
        trace: the answer itself, see :class:`caselens.flows.Trace`.
        legs: its legs with ``payment_id, memo, source_file, source_sheet, source_row``.
        names: account -> its holder's name, where one is known.
        places: row number -> file and row, for every payment the trace speaks of.
    """

    trace: Trace
    legs: pd.DataFrame
    names: Mapping[str, str]
    places: Mapping[int, str]

    def __repr__(self) -> str:
        return f"<trace of {self.trace.start.en}: {len(self.legs)} legs, {len(self.trace.ends)} ends>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {**self.show("zh")._repr_mimebundle_(include, exclude), "text/plain": repr(self)}

    def sections(self, language: Language) -> list[tuple[str, pd.DataFrame]]:
        """Tables for a reader, each with its title; an empty one is left out, except where the money lies."""
        ends = "ends" if self.trace.direction == "forward" else "origins"
        tables = {
            ends: self._ends(language),
            "legs": self._legs(),
            "differences": self._differences(language),
            "conditional": self._conditional(language),
        }
        return [
            (_TITLES[name].get(language), table.rename(columns=lambda c: _HEADS[c].get(language)))
            for name, table in tables.items()
            if name == ends or len(table)
        ]

    def show(self, language: Language) -> Fragment:
        """The tables of :meth:`sections` for a notebook or a page, under what was traced and what must not be forgotten."""
        start, caveat = self.trace.start.get(language), CAVEAT.get(language)
        parts = [Fragment(f"<p>{escape(start)}</p>", start, language), self.picture(language)]
        parts += [drawn_table(frame, language, caption=title, limit=_SHOWN) for title, frame in self.sections(language)]
        return Fragment.join([*parts, Fragment(f"<p>{escape(caveat)}</p>", caveat, language)], language)

    def picture(self, language: Language) -> Fragment:
        """The hops as bands, as wide as the first method says; pointing at one gives what each method says."""
        forward = self.trace.direction == "forward"
        named = {side: self.legs[f"{side}_account"].map(self._named) for side in ("payer", "payee")}
        methods = {name: METHODS[name] for name in self.trace.methods}
        drawn = traced_sankey(self.legs.assign(**named), self._ends(language), methods, language, forward=forward)
        return drawing(drawn, _GOES if forward else _CAME, language)

    def _ends(self, language: Language) -> pd.DataFrame:
        ends = self.trace.ends
        ends = ends.assign(account=ends["account"].map(self._named))
        ends["reason"] = [_REASONS[reason].get(language) for reason in ends["reason"]]
        return ends[["account", *self.trace.methods, "reason", "balance"]]

    def _legs(self) -> pd.DataFrame:
        named = {side: self.legs[f"{side}_account"].map(self._named) for side in ("payer", "payee")}
        legs = self.legs.assign(place=self.legs["row"].map(self.places), **named)
        return legs[["paid_at", "payer", "payee", "amount", *self.trace.methods, "place"]]

    def _differences(self, language: Language) -> pd.DataFrame:
        found = self.trace.differences
        found = found.assign(
            account=found["account"].map(self._named), place=found["row"].map(self.places), why=found[f"why_{language}"]
        )
        return found[["paid_at", "account", "amount", *self.trace.methods, "why", "place"]]

    def _conditional(self, language: Language) -> pd.DataFrame:
        found = self.trace.conditional
        both = [
            ", ".join(self.places[row] for row in rows if row >= 0)
            for rows in zip(found["row_in"], found["row_out"], strict=True)
        ]
        found = found.assign(
            account=found["account"].map(self._named), place=both, needs=found[f"needs_{language}"]
        ).round({"days": 2})
        return found[["account", "amount", "days", "needs", "place"]]

    def _named(self, account: str) -> str:
        name = self.names.get(account, "")
        return f"{name} ({account})" if name and name != account else account


def trace_workspace(
    workspace: Workspace,
    source: str,
    amount: float | str | None = None,
    until: object = None,
    *,
    payment: str | None = None,
    **rules: Any,
) -> Traced:
    """Trace money through the payments of a workspace; cash accounts and holders are those of its table ``accounts``.

    Args:
        workspace: where.
        source: account id.
        amount, until: see :func:`caselens.flows.trace`.
        payment: a ``payment_id``.
        **rules: further arguments of :func:`caselens.flows.trace`.

    Raises:
        UsageError: there are no payments, or :func:`caselens.flows.trace` refuses.
    """
    accounts = resolved(workspace, "accounts").select("account_id", "holder_id", "holder_name", "kind").execute()
    holders = accounts.dropna(subset=["holder_id"]).set_index("account_id")["holder_id"].to_dict()
    cash = accounts.loc[accounts["kind"] == "cash", "account_id"].tolist()
    row = None if payment is None else row_of(workspace, payment)
    index = stored_index(workspace)
    found = trace(index, source, amount, until, payment=row, holders=holders, cash_accounts=cash, **rules)
    spoken = {
        int(r) for r in [*found.legs["row"], *found.conditional["row_in"], *found.conditional["row_out"]] if r >= 0
    }
    rows = rows_at(workspace, spoken)
    told = ["row", "payment_id", "memo", "source_file", "source_sheet", "source_row"]
    return Traced(found, found.legs.merge(rows[told], on="row", how="left"), _names(workspace, accounts), _places(rows))


def _places(rows: pd.DataFrame) -> dict[int, str]:
    return {
        row.row: f"{row.source_file}{f' [{row.source_sheet}]' if row.source_sheet else ''}:{row.source_row}"
        for row in rows.itertuples()
    }


def _names(workspace: Workspace, accounts: pd.DataFrame) -> dict[str, str]:
    members = entities(workspace).select("entity_id", "name").execute()
    called = dict(zip(members["entity_id"], members["name"], strict=True))
    named = {row.account_id: called.get(row.holder_id, row.holder_name) for row in accounts.itertuples(index=False)}
    return {account: name for account, name in named.items() if isinstance(name, str) and name}
