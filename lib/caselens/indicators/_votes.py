"""Votes on items, as one sees them when asking how a body decided: every meeting on every item, and its outcome."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

#: What says that an item was refused; asked before what says that it passed ("不通过" holds "通过").
_REFUSED = (
    "不通过|未通过|否决|驳回|退回|暂缓|不同意|"
    "reject|refus|return|defer|fail|denied|declin|not.?pass|not.?approv|disapprov|veto"
)
_PASSED = "通过|同意|批准|pass|approv|accept|adopt"


def outcome_of(text: ir.StringValue) -> ir.StringValue:
    """``refused``, ``passed``, or NULL where the code says neither."""
    lower = text.lower()
    return ibis.cases(
        (lower.re_search(_REFUSED), "refused"), (lower.re_search(_PASSED), "passed"), else_=ibis.null("string")
    )


def sittings(votes: ir.Table) -> ir.Table:
    """One row a body, meeting and item, with ``item_kind, voted_on, outcome, amount`` and counts.

    ``listed`` members, ``cast`` votes (for, against, abstain), ``recused``; ``vetoes`` are votes against by members
    other than the chair, ``chair_against`` the chair's, ``abstained`` all abstentions; ``first_key`` is one row of it.
    """
    chair = votes.is_chair.fill_null(False)
    against = votes.vote == "against"
    return (
        votes.mutate(
            is_cast=votes.vote.isin(["for", "against", "abstain"]),
            is_veto=against & ~chair,
            chair_no=against & chair,
            told=outcome_of(votes.item_outcome),
        )
        .group_by(["org_id", "item_id", "meeting_id"])
        .agg(
            item_kind=lambda t: t.item_kind.max(),
            voted_on=lambda t: t.voted_on.max(),
            outcome=lambda t: t.told.min(),
            amount=lambda t: t.amount.max().cast("float64"),
            listed=lambda t: t.member_id.nunique(),
            cast=lambda t: t.is_cast.sum().cast("int64"),
            recused=lambda t: (t.vote == "recused").sum().cast("int64"),
            vetoes=lambda t: t.is_veto.sum().cast("int64"),
            chair_against=lambda t: t.chair_no.sum().cast("int64"),
            abstained=lambda t: (t.vote == "abstain").sum().cast("int64"),
            chairs=lambda t: t.is_chair.fill_null(False).sum().cast("int64"),
            first_key=lambda t: t.row_key.min(),
        )
    )


def last_sittings(sat: ir.Table) -> ir.Table:
    """Of each body and item the last meeting, with ``meetings`` and ``first_on``; ties by meeting id."""
    window = ibis.window(group_by=["org_id", "item_id"])
    ordered = ibis.window(group_by=["org_id", "item_id"], order_by=[ibis.desc("voted_on"), ibis.desc("meeting_id")])
    ranked = sat.mutate(
        meetings=sat.meeting_id.count().over(window),
        first_on=sat.voted_on.min().over(window),
        ever_refused=(sat.outcome == "refused").any().over(window),
        nth=ibis.row_number().over(ordered),
    )
    return ranked.filter(ranked.nth == 0).drop("nth")
