"""Not one refusal in many decisions, while peers do refuse.

Three streams are judged apart: items that a body voted on (a vote repeated is one item; refused once counts as
refused), matters that a unit approved in steps (a rejection or return at any step is a refusal), and applications
that an authority decided. Peers are units of the same kind with at least ``min_peer_decisions`` decisions in the same
stream and at least one refusal. Their rates follow a beta distribution, fitted by maximum likelihood to the counts of
refusals, each conditional on being at least one: bodies that never refuse, the subject's like, cannot hide it, and
leaving them out does not bias the fit. The p-value is the beta-binomial chance of no more refusals than were seen; a
lead needs none at all. A body with so few decisions that even none refused could not reach ``max_p`` is not
assessable and no member of the family over which false discoveries are controlled. Fewer than ``min_peers`` peers:
not assessable; no default rate is used.
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import betaln
from scipy.stats import betabinom

from caselens.core.errors import NotAssessable
from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._chance import adjusted, smallest_of, surprise
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._votes import outcome_of, sittings

_STREAMS = {
    "review_votes": Text("表决", "votes"),
    "approvals": Text("审批", "approvals"),
    "applications": Text("申请", "applications"),
}


def _decisions(inputs: Inputs) -> ir.Table:
    """One row a decision: ``org_id, stream, item_id, decided_on, refused, row_key``."""
    sat = sittings(inputs.table("review_votes"))
    voted = sat.filter(sat.outcome.notnull()).select(
        "org_id", stream=ibis.literal("review_votes"), item_id="item_id", decided_on=sat.voted_on.cast("date"),
        refused=sat.outcome == "refused", row_key="first_key",
    )  # fmt: skip
    steps = inputs.table("approvals").mutate(told=lambda t: outcome_of(t.opinion))
    signed = steps.filter(steps.told.notnull()).select(
        "org_id", stream=ibis.literal("approvals"), item_id=steps.object_table + "|" + steps.object_id,
        decided_on=steps.decided_at.cast("date"), refused=steps.told == "refused", row_key="row_key",
    )  # fmt: skip
    asked = inputs.table("applications")
    asked = asked.mutate(
        told=ibis.coalesce(outcome_of(asked.outcome), (asked.outcome == "report_issued").ifelse("passed", None))
    )
    answered = asked.filter(asked.told.notnull()).select(
        org_id="authority_id", stream=ibis.literal("applications"), item_id="application_id",
        decided_on=ibis.coalesce(asked.decided_on, asked.submitted_on).cast("date"), refused=asked.told == "refused",
        row_key="row_key",
    )  # fmt: skip
    every = ibis.union(voted, signed, answered)
    return every.group_by(["org_id", "stream", "item_id"]).agg(
        refused=every.refused.any(), decided_on=every.decided_on.max(), row_key=every.row_key.min()
    )


def _counts(inputs: Inputs, decisions: ir.Table) -> pd.DataFrame:
    """One row a unit and stream: ``org_id, kind, stream, decided, refused, first_on, last_on``."""
    units = inputs.table("organizations").group_by(unit_id="org_id").agg(kind=lambda t: t.kind.min())
    counted = decisions.group_by(["org_id", "stream"]).agg(
        decided=decisions.item_id.count(), refused=decisions.refused.sum().cast("int64"),
        first_on=decisions.decided_on.min(), last_on=decisions.decided_on.max(),
    )  # fmt: skip
    found = counted.left_join(units, [("org_id", "unit_id")]).drop("unit_id").execute()
    return found.sort_values(["stream", "org_id"]).reset_index(drop=True)


def fit_rates(refused: np.ndarray, decided: np.ndarray) -> tuple[float, float]:
    """Parameters of the beta distribution of refusal rates, from counts that are at least one each (zero-truncated).

    Maximum likelihood over the logarithms of mean odds and precision, kept within a precision of 1 to 10,000.
    """
    k, n = refused.astype(float), decided.astype(float)

    def loss(x: np.ndarray) -> float:
        mean, precision = 1 / (1 + np.exp(-x[0])), np.exp(np.clip(x[1], 0, np.log(1e4)))
        a, b = mean * precision, (1 - mean) * precision
        some = -np.expm1(np.minimum(betaln(a, b + n) - betaln(a, b), -1e-12))
        return float(-(betaln(a + k, b + n - k) - betaln(a, b) - np.log(some)).sum() + 0.01 * (x[1] - 3) ** 2)

    rate = float(np.clip(k.sum() / n.sum(), 1e-4, 1 - 1e-4))
    best = minimize(loss, np.array([np.log(rate / (1 - rate)), 3.0]), method="Nelder-Mead", options={"maxiter": 400})
    mean, precision = 1 / (1 + np.exp(-best.x[0])), float(np.exp(np.clip(best.x[1], 0, np.log(1e4))))
    return float(mean * precision), float((1 - mean) * precision)


def _judged(inputs: Inputs, counts: pd.DataFrame) -> pd.DataFrame:
    """``counts`` with ``p``, ``least_p`` (of no refusal), ``rate``, ``peers``; no numbers with too few peers."""
    kept = []
    for row in counts.to_dict("records"):
        peers = counts[
            (counts["stream"] == row["stream"]) & (counts["kind"] == row["kind"]) & (counts["org_id"] != row["org_id"])
            & (counts["decided"] >= inputs["min_peer_decisions"]) & (counts["refused"] >= 1)
        ]  # fmt: skip
        row |= {"p": np.nan, "rate": np.nan, "least_p": np.nan, "peers": list(peers["org_id"])}
        if len(peers) >= inputs["min_peers"]:
            a, b = fit_rates(peers["refused"].to_numpy(), peers["decided"].to_numpy())
            chance = betabinom(row["decided"], a, b)
            row |= {"p": float(chance.cdf(row["refused"])), "least_p": float(chance.cdf(0)), "rate": a / (a + b)}
        kept.append(row)
    return pd.DataFrame(kept)


def _compute(inputs: Inputs) -> Result:
    decisions = _decisions(inputs)
    counts = _counts(inputs, decisions)
    if counts.empty:
        raise NotAssessable("lacks review_votes, approvals and applications with an outcome")
    judged = _judged(inputs, counts)
    told = judged[judged["least_p"] < inputs["max_p"]].copy()
    told["q"] = adjusted(told["p"].to_numpy())
    picked = told[(told["refused"] == 0) & (told["p"] < inputs["max_p"]) & (told["q"] <= inputs["max_q"])]
    leads, evidence, counters = [], [], []
    screened: dict[str, str] = {}
    for name, group in picked.groupby("org_id", sort=True):
        unit, row = str(name), group.sort_values(["p", "stream"]).iloc[0].to_dict()
        earlier = judged[(judged["org_id"] == unit) & (judged["stream"] != row["stream"])]
        refused = int(earlier["refused"].sum())
        # What was turned down before the vote belongs to the same sieve: with it, is the unit still out of line?
        if refused and refused / (refused + row["decided"]) >= row["rate"] / 2:
            screened[unit] = Text(
                f"同一单位在其他环节否决 {refused} 件",
                f"{refused} matters were refused at another step of the same unit",
            ).both()
            continue
        leads.append(_lead(unit, row))
        rows = decisions.filter((decisions.org_id == unit) & (decisions.stream == row["stream"])).row_key.execute()
        evidence += [{"lead": unit, "table": row["stream"], "key": key, "role": "decision"} for key in rows]
        told_of = Text(f"其他环节否决 {refused} 件", f"{refused} refusals at other steps of the unit are on record")
        counters.append(counter(unit, "screened", False, told_of.both()))
    hits = {lead["lead"] for lead in leads}
    peers, enough = inputs["min_peers"], inputs["min_peer_decisions"]
    reason = Text(
        f"同类单位中决定满 {enough} 件且有否决的不足 {peers} 家",
        f"fewer than {peers} peers of its kind with {enough} decisions and a refusal",
    ).both()
    dark = dict.fromkeys(set(judged["org_id"]) - set(told["org_id"]), reason)
    few = judged[judged["least_p"] >= inputs["max_p"]]
    rare = Text("决定太少，无法与偶然区分", "too few decisions to tell from chance").both()
    dark |= {name: rare for name in few["org_id"] if name in dark}
    states = assessed(hits, set(told["org_id"]), dark, screened)
    p_of = {name: smallest_of(part.to_numpy()) for name, part in told.groupby("org_id")["p"]}
    states["p_value"] = states["subject_id"].map(p_of)
    return Result(states, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _lead(unit: str, row: dict[str, Any]) -> dict[str, Any]:
    stream = _STREAMS[row["stream"]]
    return {
        "lead": unit,
        "subjects": [party(unit, "body"), *(party(name, "peer") for name in row["peers"])],
        "objects": [thing("organizations", unit)],
        "kind": "statistical",
        "severity": "red" if row["p"] < 0.001 else "yellow",
        "value": float(row["decided"]),
        "score": round(surprise(row["p"]), 4),
        "p_value": float(row["p"]),
        "amount": None,
        "period_start": row["first_on"],
        "period_end": row["last_on"],
        "fence": f"{len(row['peers'])} peers refuse {row['rate']:.1%}",
        "rate_text": f"{row['rate']:.1%}",
        "stream_zh": stream.zh,
        "stream_en": stream.en,
    }


def _example_votes() -> str:
    """Votes of one member each: 40 items of ALL, 8 of FEW, 50 of each of four peers, every fifth refused."""
    lines = ["meeting_id,item_id,org_id,member_id,vote,is_chair,voted_on,item_outcome"]
    for body, count in (("ALL", 40), ("FEW", 8), ("P1", 50), ("P2", 50), ("P3", 50), ("P4", 50)):
        for number in range(count):
            refused = body.startswith("P") and number % 5 == 0
            cast, outcome = ("against", "rejected") if refused else ("for", "passed")
            lines.append(
                f"m{body}{number},i{body}{number},{body},V,{cast},false,2022-01-{number % 28 + 1:02d},{outcome}"
            )
    return "\n".join(lines) + "\n"


INDICATOR = Indicator(
    id="org-rubber-stamp",
    number=27,
    title=Text("审批从无否决", "No refusals at all"),
    question=Text(
        "同类机构有否决时，该机构是否大量审议事项而无一否决？",
        "Did a body decide many matters without one refusal while its peers do refuse?",
    ),
    summary=Text(
        "{body}在 {value} 件{stream_zh}事项中无一否决，同类机构否决率约 {rate_text}。",
        "{body} refused none of {value} matters ({stream_en}); its peers refuse about {rate_text}.",
    ),
    innocent=(
        Innocent(
            "screened",
            Text("薄弱项目已在前置环节被筛除。", "Weak cases were screened out at an earlier step."),
            Text("查同一单位其他环节的否决和退回。", "Refusals and returns at other steps of the unit are counted."),
        ),
        Innocent("withdrawn", Text("申报方自行撤回，未上会。", "Applicants withdrew weak cases before the meeting.")),
    ),
    next_steps=(
        Text("调阅上会前的初稿和修改记录。", "Get earlier drafts and what was changed before the meeting."),
        Text("抽查已通过项目的后果。", "Sample what became of the matters that passed."),
    ),
    kinds=("statistical",),
    subject="organization",
    needs={"organizations": ("org_id", "kind")},
    uses=("review_votes", "approvals", "applications"),
    params=(
        Param(
            "max_p",
            0.05,
            "probability",
            Text("偶然全部通过的概率。", "Chance of no refusal among so many."),
            0.0001,
            0.5,
        ),
        Param(
            "max_q",
            0.1,
            "fraction",
            Text("全部机构一并控制错误发现率。", "False-discovery rate over all bodies."),
            0.0001,
            0.5,
        ),
        Param("min_peers", 3, "bodies", Text("可比机构过少则不评估。", "With fewer peers nothing is said."), 2, 100),
        Param(
            "min_peer_decisions",
            50,
            "decisions",
            Text("过少则比率不稳。", "With fewer the rate is unsteady."),
            5,
            10_000,
        ),
    ),
    references=(
        Reference("株洲, 2024: approvals were all green; after the reform two of eight items were refused"),
        Reference(
            "Griffiths (1973), Maximum likelihood estimation for the beta-binomial distribution",
            "https://doi.org/10.2307/2529131",
        ),
    ),
    value_unit=Text("无一否决的件数，越多越异常", "matters decided without a refusal; higher is odder"),
    engine="kernel",
    example=Example(
        tables={
            "organizations": "org_id,name,kind\n"
            + "".join(f"{o},{o}公司,state_owned\n" for o in ("ALL", "FEW", "P1", "P2", "P3", "P4"))
            + "ALONE,某学校,school\n",
            # Peers refuse 10 of 50: 0.8^40 = 0.00013 for ALL, 0.8^8 = 0.17 for FEW. ALONE has no peer of its kind.
            "review_votes": _example_votes() + "mA,iA,ALONE,V,for,false,2022-02-01,passed\n",
        },
        flags=frozenset({"ALL"}),
        leaves=frozenset({"P1", "P2", "P3", "P4"}),
        others={"FEW": "not_assessable", "ALONE": "not_assessable"},
    ),
    compute=_compute,
)
