"""Receipts from a supervised party lie close to the official's decisions on that party.

For an official and the parties of one firm: the days on which the official's side received something from them (wages,
benefits and bank loans on record left out), and the days on which the official handled, approved or voted on their
matters. Statistic: the mean distance from a receipt to the nearest decision.

Null: the receipts keep their own rhythm but have nothing to do with the decisions; all circular shifts by whole days,
exact. A lead where p < 0.01 over the shifts of 90 days and more. Leaving the short shifts out makes 0.01 come more
often than in one of a hundred, so the p-value told is that over all shifts, and has to be below 0.03 too. Where the
span is longer than four years the same is asked with every receipt moved by whole years, which keeps festivals and
year-ends: where that gives 0.05 or more, the season explains it and the subject is excluded; in a shorter span, where
nine of ten receipts lie round a festival. At least four days of receipts and three of decisions; fewer, or a span in
which 0.01 cannot be reached, is not assessable.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from caselens.core.text import Text
from caselens.indicators import _receipts, _rhythm
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._chance import rng_of, smallest_of, surprise
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result

_FEW = Text("收款或决定的天数过少", "too few days of receipts or of decisions")
_SHORT = Text("时间跨度过短，达不到显著水平", "the span is too short for the threshold to be reached")
_SEASON = Text(
    "收款的年度节奏(节日、年底)即可解释", "the yearly rhythm of the receipts (festivals, year-end) explains it"
)
_DRAWS = 2000


def _compute(inputs: Inputs) -> Result:
    found = _receipts.tidy(_receipts.receipts(inputs).execute())
    kept, _ = _receipts.without_records(inputs, found, inputs["max_wage"])
    kept = _receipts.grouped(kept)
    acts = _acts(inputs, kept)
    seen, dark = _receipts.accounts_known(inputs)
    leads, evidence, counters = [], [], []
    excluded: dict[str, str] = {}
    judged: set[str] = set()
    p_of: dict[str, list[float]] = {}
    for (official, group), rows in kept.groupby(["official_id", "group"], sort=True):
        decided = acts.get(str(official))
        parties = {*rows["firm"], *rows["source"]}
        decided = None if decided is None else decided[decided["party_id"].isin(parties)]
        days = _numbers(rows["paid_on"])
        marks = np.array([], dtype=np.int64) if decided is None else _numbers(decided["on"])
        if decided is None or len(days) < inputs["min_receipts"] or len(marks) < inputs["min_decisions"]:
            dark.setdefault(str(official), _FEW.both())
            continue
        judged_p = _rhythm.shift_p(days, marks, inputs["min_shift_days"])
        if judged_p is None or _smallest(days, marks, inputs["min_shift_days"]) >= inputs["max_p"]:
            dark.setdefault(str(official), _SHORT.both())
            continue
        judged.add(str(official))
        far, chance = judged_p
        p_of.setdefault(str(official), []).append(chance)
        if far >= inputs["max_p"] or chance >= inputs["max_p_all"]:
            continue
        lead = f"{official}|{group}"
        season = _rhythm.season_p(days, marks, rng_of("timing", lead), _DRAWS)
        festive = float(rows["paid_on"].map(_rhythm.is_festive).mean())
        if festive >= 0.9 if season is None else season >= inputs["max_season_p"]:
            excluded[str(official)] = _SEASON.both()
            continue
        leads.append(_lead(lead, str(official), rows, days, marks, chance, inputs))
        evidence += _evidence(lead, rows, decided)
        counters += _counters(lead, festive, season)
    hits = {lead["subjects"][0]["id"] for lead in leads}
    told = assessed(hits, seen, {name: why for name, why in dark.items() if name not in judged}, excluded)
    told["p_value"] = told["subject_id"].map({name: smallest_of(np.array(some)) for name, some in p_of.items()})
    return Result(told, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _acts(inputs: Inputs, kept: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Official -> ``party_id, on, rows``: dated acts of the officials of interest."""
    officials = sorted(set(kept["official_id"]))
    acts = inputs.relation("acts").filter(lambda t: t.official_id.isin(officials) & t.happened_on.notnull())
    found = acts.select("official_id", "party_id", "rows", on="happened_on").execute()
    found["on"] = pd.to_datetime(found["on"]).dt.date
    return {str(name): some for name, some in found.groupby("official_id")}


def _numbers(days: pd.Series) -> np.ndarray:
    """Distinct days, in order, as numbers."""
    return np.unique(pd.to_datetime(days).to_numpy().astype("datetime64[D]").astype(np.int64))


def _smallest(days: np.ndarray, marks: np.ndarray, least_shift: int) -> float:
    span = int(max(days.max(), marks.max()) - min(days.min(), marks.min())) + 1
    return 1 / (span - 2 * least_shift + 2)


def _lead(
    lead: str,
    official: str,
    rows: pd.DataFrame,
    days: np.ndarray,
    marks: np.ndarray,
    chance: float,
    inputs: Inputs,
) -> dict[str, Any]:
    apart = _rhythm.distances(days, marks)
    near, strength = float((apart <= 30).mean()), float(rows["strength"].max())
    score = surprise(chance) * (0.5 + 0.5 * strength) * (0.7 + 0.3 * near)
    sources = sorted(set(rows["source"]))
    others = sorted(({*rows["receiver"]} - {official}) | ({*rows["firm"]} - set(sources)))
    return {
        "lead": lead,
        "subjects": [party(official, "official")]
        + [party(name, "payer") for name in sources]
        + [party(name, "context") for name in others],
        "objects": [thing("persons", official)],
        "kind": "statistical",
        "severity": "red" if near >= 0.8 else "yellow",
        "value": float(apart.mean()),
        "score": round(min(score, 0.5) if rows["is_testimony"].all() else score, 4),
        "p_value": chance,
        "amount": float(rows.loc[rows["currency"] == "CNY", "yuan"].sum()),
        "period_start": rows["paid_on"].min(),
        "period_end": rows["paid_on"].max(),
        "fence": f"p < {inputs['max_p']} over all circular shifts of {inputs['min_shift_days']} d and more",
        "receipts": len(days),
        "decisions": len(marks),
        "apart": f"{apart.mean():.1f}",
        "near": int((apart <= 30).sum()),
    }


def _evidence(lead: str, rows: pd.DataFrame, decided: pd.DataFrame) -> list[dict[str, str]]:
    told = dict.fromkeys(_receipts.rows_of(rows, "receipt"))
    named = {(table, key) for table, key, role in told if role != "authority"}
    kept = [(table, key, role) for table, key, role in told if role != "authority"]
    for some in decided["rows"]:
        for row in some:
            if (row["table"], row["key"]) not in named:
                named.add((row["table"], row["key"]))
                kept.append((row["table"], row["key"], "decision"))
    return [{"lead": lead, "table": table, "key": key, "role": role} for table, key, role in sorted(kept)]


def _counters(lead: str, festive: float, season: float | None) -> list[dict[str, str]]:
    share = Text(f"{festive:.0%} 的收款在节日前后", f"{festive:.0%} of the receipts lie round a festival")
    told = (
        Text(f"按整年移动,p = {season:.2g}", f"moved by whole years, p = {season:.2g}") if season is not None else None
    )
    short = Text("时间跨度不足四年", "the span is no longer than four years")
    return [
        counter(lead, "festival", festive >= 2 / 3, share.both()),
        counter(lead, "year_end", None if season is None else False, (told or short).both()),
    ]


def _example_rows() -> tuple[str, str]:
    """Decisions of O and Q on C, and payments: O gets something three days before each, Q 60 days after some."""
    decided = (
        "2017-02-20",
        "2017-06-11",
        "2017-12-28",
        "2018-04-19",
        "2019-01-30",
        "2019-05-17",
        "2019-11-08",
        "2020-03-26",
    )
    acts = "application_id,applicant_id,authority_id,handler_id,kind,submitted_on,decided_on\n"
    paid = "payment_id,paid_at,payer_account,payee_account,amount\n"
    for number, day in enumerate(decided):
        on = pd.Timestamp(day)
        for who in "OQR":
            acts += f"{who}{number},C,U,{who},explosives,{on - pd.Timedelta(days=20):%Y-%m-%d},{day}\n"
        paid += f"o{number},{on - pd.Timedelta(days=3):%Y-%m-%d},aB,aO,2000\n"
        paid += f"q{number},{on + pd.Timedelta(days=37 + 9 * number):%Y-%m-%d},aB,aQ,2000\n"
    return acts, paid + "r1,2018-01-01,aB,aR,3000\n"


INDICATOR = Indicator(
    id="flow-event-timing",
    number=9,
    title=Text("收款贴近决定日期", "Receipts close to decisions"),
    question=Text(
        "公职人员一方从管理服务对象的收款，是否集中在其对该对象作出决定的前后？",
        "Do receipts of an official's side from a supervised party gather round the official's decisions on it?",
    ),
    summary=Text(
        "{official}一方从{payer}收款 {receipts} 天，距其最近一次决定(共 {decisions} 天)平均 {apart} 天，其中 {near} 天在"
        "三十天以内。",
        "On {receipts} days the side of {official} received money from {payer}, on average {apart} days from the "
        "nearest of {decisions} days of decision; {near} within thirty days.",
    ),
    innocent=(
        Innocent(
            "festival",
            Text("春节、端午、中秋的节礼。", "Presents at festivals."),
            Text("计算节日前后收款的比例。", "The share of receipts round the festivals is counted."),
        ),
        Innocent(
            "year_end",
            Text("年底等年度节奏使两者同期。", "Both follow the year, as at its end."),
            Text(
                "跨度超过四年的，每笔按整年移动后再比较；仍同样贴近的排除。",
                "Beyond four years every receipt is moved by whole years; where that lies as close, it is excluded.",
            ),
        ),
    ),
    next_steps=(
        Text("调取每次决定的档案，与收款逐笔对照。", "Get the file of each decision and set it beside the receipts."),
        Text("查决定前后的联系记录。", "Look at contacts before and after each decision."),
    ),
    kinds=("statistical",),
    subject="person",
    needs={
        "payments": ("paid_at", "payer_account", "payee_account", "amount"),
        "accounts": ("holder_id",),
        "appointments": ("person_id", "org_id", "start_date"),
    },
    uses=("employments", "financings", "benefit_payouts", "organizations", "asset_disposals"),
    relations=("authority", "links", "acts"),
    params=(
        Param("max_p", 0.01, "probability", Text("低于此值才提示。", "A lead only below it."), 0.0001, 0.5),
        Param(
            "max_p_all",
            0.03,
            "probability",
            Text("计入短移动后仍须很小。", "It must be small with the short shifts counted too."),
            0.0001,
            0.5,
        ),
        Param(
            "max_season_p",
            0.05,
            "probability",
            Text("年度节奏不足以解释。", "The season does not explain it."),
            0.001,
            1,
        ),
        Param("min_receipts", 4, "days", Text("收款天数过少则不评估。", "With fewer nothing is said."), 3, 1000),
        Param("min_decisions", 3, "days", Text("决定天数过少则不评估。", "With fewer nothing is said."), 2, 1000),
        Param("min_shift_days", 90, "days", Text("移动过少仍贴近原决定。", "A short shift stays near."), 1, 365),
        Param(
            "max_wage",
            30_000,
            "CNY",
            Text("有参保记录的视为工资。", "With an employment on record it is wages."),
            0,
            1e9,
        ),
    ),
    references=(
        Reference("义乌, 2025: money round on-site supervision and checks of land use"),
        Reference("曲靖, 2025: money round audits"),
        Reference("Besag and Diggle (1977), Simple Monte Carlo tests for spatial pattern: random shifts"),
    ),
    value_unit=Text("平均距离(天),越小越贴近", "mean distance in days; smaller is closer"),
    engine="kernel",
    example=Example(
        tables={
            "persons": "person_id,name\nO,科长\nQ,副科长\nR,科员\nB,矿主\n",
            "organizations": "org_id,name,kind\nU,公安局,government\nC,煤矿,private\n",
            "appointments": "person_id,org_id,post,start_date\nO,U,科长,2016-01-01\nQ,U,副科长,2016-01-01\n"
            "R,U,科员,2016-01-01\n",
            "directorships": "org_id,person_id,role\nC,B,legal_representative\n",
            # O: every receipt 3 days before a decision: no shift of 90 days or more comes near. R: one receipt.
            "applications": _example_rows()[0],
            "accounts": "account_id,holder_id\naO,O\naQ,Q\naR,R\naB,B\n",
            "payments": _example_rows()[1],
        },
        flags=frozenset({"O"}),
        leaves=frozenset({"Q"}),
        others={"R": "not_assessable"},
    ),
    compute=_compute,
)
