"""Panels that should be drawn at random are nearly the same people every time.

Panels are those of a body's review meetings, and those that evaluated a buyer's tenders (the owner's own
representative left out); equal panels on one day are one draw. The chair of a meeting sits by office and is no draw.
The pool is the body's own register, else the register that most of its members are in; a member outside it is told
and not judged. Null: each panel is drawn uniformly, without replacement, from the members registered on that day,
keeping how many came from each speciality (so that a rare specialism does not look fixed). Three statistics are
judged at once: mean overlap of successive panels, seats of the most frequent member and of the most frequent pair; at
most ``draws`` simulations, so p >= 1/(draws + 1). Of a long history the latest ``max_panels`` panels are judged. A
register smaller than three times the seats of a panel on the day of the latest panel is a note whatever p; an older,
smaller register was remedied, and one of a speciality of which no other register of the city has anybody is excluded
where four fifths of its seats were drawn at random before a witness.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._chance import adjusted, rng_of, surprise
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._draws import Draw, judge
from caselens.indicators._panels import panels_of, pools_of, register_of, seats_of

_NO_REGISTER = Text("没有名册含其半数以上评委", "no register holds half of the people who sat on its panels")
_RARE = Text(
    "名册小，但其专业在全市别无人选，且抽取有记录、有见证",
    "a small register, but nobody else of the city has its speciality, and the draws were recorded and witnessed",
)
_OUTSIDE = Text("多数席位取自名册之外", "most seats were taken from outside the register")


def _compute(inputs: Inputs) -> Result:
    seats = seats_of(inputs)
    pools = {str(keeper): part for keeper, part in pools_of(inputs).groupby("keeper", sort=True)}
    judged: list[dict[str, Any]] = []
    dark: dict[str, str] = {}
    for (name, source), group in seats.groupby(["body", "source"], sort=True):
        body, members = str(name), set(group["member"])
        register = register_of(pools, body, members)
        if register is None:
            dark.setdefault(body, _NO_REGISTER.both())
            continue
        panels, rows, outside = panels_of(group, register[1])
        if len(panels) < inputs["min_panels"] or 2 * outside > sum(len(part) for part in rows):
            least = inputs["min_panels"]
            few = Text(f"从名册抽取的评审不足 {least} 次", f"fewer than {least} panels drawn from the register")
            dark.setdefault(body, (few if len(panels) < least else _OUTSIDE).both())
            continue
        draw = judge(
            panels, register[1]["member"].nunique(), rng_of("org-committee-fixed", body, str(source)), inputs["draws"]
        )
        judged.append(
            {"body": body, "source": str(source), "draw": draw, "rows": rows, "outside": outside}
            | _size(rows, *register)
            | {"rare": _is_rare(rows, register[0], pools)}
        )
    return _answer(inputs, judged, dark)


def _size(rows: list[pd.DataFrame], keeper: str, pool: pd.DataFrame) -> dict[str, Any]:
    """Seats of the latest panel, and the register on its day."""
    day = rows[-1]["day"].iloc[0]
    now = pool[(pool["since"] <= day) & (pool["until"] >= day)].drop_duplicates("member")
    return {"seats": len(rows[-1]), "pool": len(now), "keeper": keeper, "pool_keys": list(now["pool_key"])}


def _is_rare(rows: list[pd.DataFrame], keeper: str, pools: dict[str, pd.DataFrame]) -> bool:
    """Whether nobody outside the register has its specialities, and its draws were random and witnessed."""
    own, seats = set(pools[keeper]["speciality"]), pd.concat(rows)
    others = {name for other, pool in pools.items() if other != keeper for name in pool["speciality"]}
    proper = seats["random"].astype(bool) & seats["witnessed"].astype(bool)
    return bool(others) and "" not in own and not own & others and bool(proper.mean() >= 0.8)


def _answer(inputs: Inputs, judged: list[dict[str, Any]], dark: dict[str, str]) -> Result:
    leads, evidence, counters = [], [], []
    q_values = adjusted(np.array([row["draw"].p_value for row in judged]))
    best: dict[str, dict[str, Any]] = {}
    excluded: dict[str, str] = {}
    for row, q in zip(judged, q_values, strict=True):
        row["unlikely"] = row["draw"].p_value < inputs["max_p"] and q <= inputs["max_q"]
        row["small"] = row["pool"] < inputs["pool_factor"] * row["seats"]
        held = best.get(row["body"])
        rank = (not row["unlikely"], not row["small"], row["draw"].p_value)
        if held is None or rank < (not held["unlikely"], not held["small"], held["draw"].p_value):
            best[row["body"]] = row
    for body, row in sorted(best.items()):
        if not (row["unlikely"] or row["small"]):
            continue
        if row["rare"] and not row["unlikely"]:
            excluded[body] = _RARE.both()
            continue
        leads.append(_lead(row))
        keys = [(row["source"], key, "panel") for part in row["rows"] for key in part["row_key"]]
        keys += [
            ("reviewer_pools", key, "register") for key in (row["pool_keys"] if row["small"] else row["pool_keys"][:1])
        ]
        evidence += [{"lead": body, "table": table, "key": key, "role": role} for table, key, role in keys]
        counters += _counters(row)
    told = assessed(
        {lead["lead"] for lead in leads}, best, {name: why for name, why in dark.items() if name not in best}, excluded
    )
    told["p_value"] = told["subject_id"].map({body: row["draw"].p_value for body, row in best.items()})
    return Result(told, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _counters(row: dict[str, Any]) -> list[dict[str, str]]:
    every = pd.concat(row["rows"])
    drawn, seen = f"{every['random'].mean():.0%}", f"{every['witnessed'].mean():.0%}"
    recorded = Text(
        f"{drawn} 的席位记为随机抽取，{seen} 有见证人", f"{drawn} of seats are recorded as drawn, {seen} with a witness"
    )
    note = Text(
        f"在同一专业内模拟抽取；名册外 {row['outside']} 席",
        f"draws simulated within each speciality; {row['outside']} seats from outside the register",
    )
    return [
        counter(row["body"], "specialism", False if row["unlikely"] else None, note.both()),
        counter(row["body"], "avoidance", None, recorded.both()),
    ]


def _lead(row: dict[str, Any]) -> dict[str, Any]:
    draw: Draw = row["draw"]
    every = pd.concat(row["rows"])
    size = f"register of {row['pool']} for {row['seats']} seats"
    scarce = 0.2 + 0.2 * (1 - row["pool"] / (4 * row["seats"]))
    return {
        "lead": row["body"],
        "subjects": [party(row["body"], "body")],
        "objects": [thing("organizations", row["body"])],
        "kind": "statistical" if row["unlikely"] else "rule",
        "severity": "note" if not row["unlikely"] else "red" if draw.overlap >= 0.5 else "yellow",
        "value": draw.overlap,
        "score": round(max(surprise(draw.p_value) * (0.7 + 0.3 * draw.overlap) if row["unlikely"] else 0.0,
                           scarce if row["small"] else 0.0), 4),
        "p_value": draw.p_value if row["unlikely"] else None,
        "amount": None,
        "period_start": every["day"].min(),
        "period_end": every["day"].max(),
        "fence": f"expected overlap {draw.expected_overlap:.2f}; {size}",
        "panels": float(len(row["rows"])),
        "overlap_text": f"{draw.overlap:.0%}",
        "expected_text": f"{draw.expected_overlap:.0%}",
        "most": float(draw.most),
        "pool": float(row["pool"]),
    }  # fmt: skip


def _example_votes() -> str:
    """Six meetings a body: FIXED always the same three, DRAWN others each time; FEW two; NOPOOL its own people."""
    lines = ["meeting_id,item_id,org_id,member_id,vote,is_chair,voted_on,item_outcome"]
    turns = {"FIXED": [(0, 1, 2)] * 6, "DRAWN": [(0, 1, 2), (3, 4, 5), (6, 7, 8), (9, 10, 11), (0, 4, 8), (1, 5, 9)],
             "FEW": [(0, 1, 2)] * 2, "NOPOOL": [(20, 21, 22)] * 6,
             "SMALL": [(0, 1, 2), (3, 4, 5), (6, 7, 0), (1, 3, 5), (2, 4, 6), (7, 1, 4)]}  # fmt: skip
    for body, panels in turns.items():
        for number, panel in enumerate(panels):
            lines += [
                f"m{body}{number},i{body}{number},{body},E{who},for,,2022-0{number + 1}-15,passed" for who in panel
            ]
    return "\n".join(lines) + "\n"


INDICATOR = Indicator(
    id="org-committee-fixed",
    number=28,
    title=Text("评审人员固定化", "The same reviewers again"),
    question=Text(
        "应随机抽取的评审人员，是否总是同一批人，或备选库过小？",
        "Are reviewers who should be drawn at random nearly always the same, or is the pool too small for a draw?",
    ),
    summary=Text(
        "{body}的 {panels} 次评审，相邻两次人员重合 {overlap_text}(随机抽取应约 {expected_text}),"
        "同一人最多参加 {most} 次，备选库 {pool} 人。",
        "In {panels} panels of {body} successive ones overlap by {overlap_text} (a draw: about {expected_text}); "
        "one member sat {most} times; the register has {pool} people.",
    ),
    innocent=(
        Innocent(
            "specialism",
            Text("专业冷门，可抽人选少。", "A rare specialism with few reviewers."),
            Text(
                "按专业分层模拟抽取；名册小而全市别无该专业人选、抽取有见证的，排除。",
                "Draws are simulated within each speciality; a small register is excluded where nobody else of the city "
                "has its speciality and the draws were witnessed.",
            ),
        ),
        Innocent("avoidance", Text("因回避规定可抽人选减少。", "Rules of avoidance narrowed the choice.")),
    ),
    next_steps=(
        Text("调取抽取记录及监督人签字。", "Get the record of each draw and who witnessed it."),
        Text("查备选库的调整历史。", "Look how the register was changed over time."),
        Text("查固定成员与中标、获批单位的关系。", "Look for ties of the standing members to those who won."),
    ),
    kinds=("statistical", "rule"),
    subject="organization",
    needs={"reviewer_pools": ("org_id", "person_id")},
    uses=("review_votes", "evaluations", "tenders"),
    params=(
        Param("max_p", 0.01, "probability", Text("随机抽取下出现的概率。", "Chance under random draws."), 0.0001, 0.5),
        Param(
            "max_q",
            0.05,
            "fraction",
            Text("全部机构一并控制错误发现率。", "False-discovery rate over all bodies."),
            0.0001,
            0.5,
        ),
        Param(
            "pool_factor",
            3,
            "times",
            Text("备选库不少于席位三倍。", "The register holds three times the seats."),
            1,
            50,
        ),
        Param("min_panels", 4, "panels", Text("过少不足以判断。", "With fewer nothing can be said."), 2, 1000),
        Param("max_panels", 120, "panels", Text("只看最近这些次。", "Only the latest are judged."), 4, 5000),
        Param("draws", 10_000, "simulations", Text("模拟抽取次数上限。", "Most simulated draws."), 200, 1_000_000),
    ),
    references=(
        Reference("株洲, 2024: a fixed review committee, later drawn at random under the discipline group's eyes"),
        Reference(
            "Besag and Clifford (1991), Sequential Monte Carlo p-values", "https://doi.org/10.1093/biomet/78.2.301"
        ),
    ),
    value_unit=Text(
        "相邻两次评审人员的重合度，越高越固定", "mean overlap of successive panels; higher means more fixed"
    ),
    engine="kernel",
    example=Example(
        tables={
            "organizations": "org_id,name,kind\n"
            + "".join(f"{o},{o}公司,state_owned\n" for o in ("FIXED", "DRAWN", "FEW", "NOPOOL", "SMALL")),
            # Twelve registered for three seats (SMALL: eight, less than nine). FIXED: three of twelve, six times the
            # same: (1/220)^5 by chance. NOPOOL has people whom no register knows.
            "reviewer_pools": "org_id,person_id,speciality\n"
            + "".join(
                f"{o},E{n},投资\n"
                for o, size in (("FIXED", 12), ("DRAWN", 12), ("FEW", 12), ("SMALL", 8))
                for n in range(size)
            ),
            "review_votes": _example_votes(),
        },
        flags=frozenset({"FIXED", "SMALL"}),
        leaves=frozenset({"DRAWN"}),
        others={"FEW": "not_assessable", "NOPOOL": "not_assessable"},
    ),
    compute=_compute,
)
