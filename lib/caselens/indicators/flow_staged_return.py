"""Money that a supervised party had given goes back soon after a shock at the official's unit.

For an official and the parties of one firm under that official's authority: what the official's side (kin and
associates included) had received before an event, less what had gone back, against what goes back within 60 days after
it; 80 to 120 % is a return. Events are a colleague's case (posts at one unit overlapping), a case opened on the unit,
an inspection or audit of it. The first receipt does not become innocent by going back.

Null: the days of the events have nothing to do with the payments. The statistic is the delay from an event to the day
on which 80 % had gone back; p = 1 - (1 - r d / T)^k for k events on any of the T days from the official's first post
(or the first payment of the data) to the day of the data, r such returns, and shortest delay d, counted round the
circle of the T days: exact and uniform. Eligible are pairs with such a return at some time and an event at some time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from caselens.core.errors import NotAssessable
from caselens.core.text import Text
from caselens.indicators import _events, _receipts
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._chance import smallest_of, surprise
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result

_DUE = Text("还款日与登记借款的到期日一致", "it went back when a loan on record fell due")
_SERIES = Text("属早于事件的定期等额还款", "one of regular equal instalments that had begun before the event")
_SAID = {
    "discipline_records": Text("同事被查", "a colleague's case"),
    "cases": Text("对单位立案", "a case opened on the unit"),
    "unit_events": Text("单位接受审计或巡察检查", "an audit or inspection of the unit"),
}
_NO_EVENT = Text("有退款，但所在单位无事件记录", "money went back, but no event of the unit is on record")


@dataclass(frozen=True, slots=True)
class Episode:
    """Returns within the window from ``first_on``: enough of what had come in. ``done_on``: when 80 % had gone back."""

    first_on: date
    done_on: date
    received: float
    returned: float
    rows: pd.DataFrame


def _compute(inputs: Inputs) -> Result:
    if not any(inputs.has(name) for name in _events.TABLES):
        raise NotAssessable(f"lacks {', '.join(_events.TABLES)}")
    got = _receipts.grouped(_receipts.to_yuan(inputs, _receipts.tidy(_receipts.receipts(inputs).execute())))
    back = _receipts.to_yuan(inputs, _receipts.sent_back(inputs, got))
    seen, dark = _receipts.accounts_known(inputs)
    events = dict(iter(_events.shocks(inputs).groupby("official_id")))
    first = inputs.table("payments").paid_at.min().cast("date").execute()
    spans = _events.serving(inputs, inputs.as_of if pd.isna(first) else pd.Timestamp(first).date())
    leads, evidence, counters = [], [], []
    excluded: dict[str, str] = {}
    p_of: dict[str, list[float]] = {}
    for (official, group), rows in got[got["cny"].notna()].groupby(["official_id", "group"], sort=True):
        mine = back[(back["official_id"] == official) & back["firm"].isin(set(rows["firm"])) & back["cny"].notna()]
        mine = mine.drop_duplicates("row_key")
        found = episodes(rows, mine, inputs)
        if not found:
            continue
        shock = events.get(official)
        if shock is None:
            dark.setdefault(str(official), _NO_EVENT.both())
            continue
        chance, event, episode = _judge(found, shock, spans[str(official)], inputs["window_days"])
        p_of.setdefault(str(official), []).append(chance)
        if event is None or episode is None or chance > inputs["max_p"]:
            continue
        rule, lent = _rule(inputs, rows, mine, episode)
        if rule:
            excluded[str(official)] = rule
            continue
        lead = f"{official}|{group}|{event['key']}"
        before = rows[rows["paid_on"] < episode.first_on]
        leads.append(_lead(lead, str(official), before, episode, event, chance, inputs))
        evidence += _evidence(lead, before, episode, event)
        counters += _counters(lead, lent)
    hits = {lead["subjects"][0]["id"] for lead in leads}
    told = assessed(hits, seen, dark, excluded)
    told["p_value"] = told["subject_id"].map({name: smallest_of(np.array(some)) for name, some in p_of.items()})
    return Result(told, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def episodes(got: pd.DataFrame, back: pd.DataFrame, inputs: Inputs) -> list[Episode]:
    """Returns that do not overlap, in order of time; each beginning with a payment back. O(n²) in a pair's payments."""
    found: list[Episode] = []
    rows = back.sort_values(["paid_on", "row_key"])
    for first in sorted(set(rows["paid_on"])):
        if found and first <= found[-1].rows["paid_on"].max():
            continue
        end = first + timedelta(days=inputs["window_days"] - 1)
        some = rows[(rows["paid_on"] >= first) & (rows["paid_on"] <= end)]
        received = float(got.loc[got["paid_on"] < first, "cny"].sum())
        received -= float(rows.loc[rows["paid_on"] < first, "cny"].sum())
        if received < inputs["min_amount"]:
            continue
        running = some["cny"].cumsum()
        enough = running >= inputs["min_ratio"] * received - 1e-9
        if enough.any() and float(running.iloc[-1]) <= inputs["max_ratio"] * received + 1e-9:
            done = some.loc[enough, "paid_on"].iloc[0]
            found.append(Episode(first, done, received, float(running.iloc[-1]), some))
    return found


def _judge(
    found: list[Episode], shock: pd.DataFrame, span: tuple[date, date], window: int
) -> tuple[float, dict[str, Any] | None, Episode | None]:
    """The p-value of a pair, and the event and return of the shortest real delay within the window."""
    days = max((span[1] - span[0]).days + 1, 1)
    dated = [(event["on"], event) for event in shock.to_dict("records")]
    inside = [on for on, _ in dated if span[0] <= on <= span[1]] or [on for on, _ in dated]
    delays = [max((episode.done_on - on).days % days, 1) for episode in found for on in inside]
    chance = 1 - (1 - min(1.0, len(found) * min(delays) / days)) ** len(set(inside))
    real = [
        ((episode.done_on - on).days, str(event["key"]), event, episode)
        for episode in found
        for on, event in dated
        if on <= episode.first_on and (episode.done_on - on).days <= window
    ]
    if not real:
        return chance, None, None
    _, _, event, episode = min(real, key=lambda item: item[:2])
    return chance, event, episode


def _rule(inputs: Inputs, got: pd.DataFrame, back: pd.DataFrame, episode: Episode) -> tuple[str, bool | None]:
    """Why this is an ordinary repayment (empty if nothing says so), and whether an older loan is on record at all."""
    earlier = back[back["paid_on"] < episode.first_on]
    usual = earlier["cny"].median()
    alike = (episode.rows["cny"] - usual).abs() <= 0.05 * usual if len(earlier) >= 3 else pd.Series([False])
    if alike.all() and ((earlier["cny"] - usual).abs() <= 0.05 * usual).mean() >= 0.8:
        return _SERIES.both(), None
    if not inputs.has("financings"):
        return "", None
    takers, givers = sorted(set(got["receiver"])), sorted({*got["source"], *got["firm"]})
    loans = inputs.table("financings").filter(lambda t: t.borrower_id.isin(takers) & t.lender_id.isin(givers))
    rows = loans.select("start_date", "maturity_date", "principal").execute()
    old = pd.to_datetime(rows["start_date"]) <= pd.Timestamp(got["paid_on"].min()) + pd.Timedelta(days=7)
    old &= rows["principal"].astype("float64") >= 0.8 * episode.received
    due = (pd.to_datetime(rows["maturity_date"]) - pd.Timestamp(episode.done_on)).dt.days.abs() <= 31
    return _DUE.both() if (old & due).any() else "", bool(old.any())


def _lead(
    lead: str, official: str, got: pd.DataFrame, episode: Episode, event: dict[str, Any], chance: float, inputs: Inputs
) -> dict[str, Any]:
    ratio, strength = episode.returned / episode.received, float(got["strength"].max())
    score = surprise(chance) * (0.5 + 0.5 * strength) * (1 - 0.5 * abs(1 - ratio))
    sources = sorted(set(got["source"]))
    others = sorted(({*got["receiver"]} - {official}) | ({*got["firm"], *episode.rows["taker"]} - set(sources)))
    said = _SAID[event["table"]]
    return {
        "lead": lead,
        "subjects": [party(official, "official")]
        + [party(name, "payer") for name in sources]
        + [party(name, "context") for name in others],
        "objects": [thing(event["table"], str(event["id"]))]
        + [thing("payments", str(name)) for name in episode.rows["row_key"]],
        "kind": "statistical",
        "severity": "red" if episode.received >= inputs["red_total"] else "yellow",
        "value": ratio,
        "score": round(min(score, 0.5) if got["is_testimony"].all() else score, 4),
        "p_value": chance,
        "amount": episode.returned,
        "period_start": got["paid_on"].min(),
        "period_end": episode.rows["paid_on"].max(),
        "fence": f"{inputs['min_ratio']:.0%} to {inputs['max_ratio']:.0%} within {inputs['window_days']} d; "
        f"p <= {inputs['max_p']}",
        "received": episode.received,
        "share": f"{ratio:.1%}",
        "event_on": event["on"],
        "event_zh": said.zh,
        "event_en": said.en,
        "days": (episode.rows["paid_on"].max() - event["on"]).days,
    }


def _evidence(lead: str, got: pd.DataFrame, episode: Episode, event: dict[str, Any]) -> list[dict[str, str]]:
    rows = [*_receipts.rows_of(got, "receipt"), (event["table"], str(event["key"]), "event")]
    rows += [("payments", str(key), "return") for key in episode.rows["row_key"]]
    return [{"lead": lead, "table": table, "key": key, "role": role} for table, key, role in rows]


def _counters(lead: str, lent: bool | None) -> list[dict[str, str]]:
    none = Text("未见登记借款或定期还款", "no loan on record, no regular instalments")
    old = Text("有登记借款，但未到期", "a loan is on record, but it was not due")
    later = Text("退还不改变此前收款的性质", "the return does not change what was received").both()
    return [
        counter(lead, "scheduled", lent, (old if lent else none).both()),
        counter(lead, "conscience", None, later),
    ]


INDICATOR = Indicator(
    id="flow-staged-return",
    number=8,
    title=Text("出事后突击退款", "Money back after a shock"),
    question=Text(
        "公职人员一方是否在同事被查、单位被审计检查后不久，把此前收到的钱退给管理服务对象？",
        "Did an official's side give back what it had received from a supervised party soon after a shock at the unit?",
    ),
    summary=Text(
        "{event_on}{event_zh}后 {days} 天内，{official}一方向{payer}退回{amount:money}，为此前所收{received:money}的"
        "{share}。",
        "Within {days} days after {event_en} on {event_on} the side of {official} gave {payer} {amount:money} back, "
        "{share} of the {received:money} received before.",
    ),
    innocent=(
        Innocent(
            "scheduled",
            Text("按约定到期还款或分期还款。", "A repayment that was due, or instalments."),
            Text(
                "查登记借款的到期日，以及事件前已开始的等额还款；相符的排除。",
                "A loan on record that fell due, and equal instalments begun before the event, exclude.",
            ),
        ),
        Innocent("conscience", Text("因其他原因主动退还。", "Given back of one's own accord, for another reason.")),
    ),
    next_steps=(
        Text("查谁通风报信，调取事件前后的通话。", "Find out who warned; calls round the event."),
        Text("恢复事件前后删除的聊天记录。", "Recover chats deleted round the event."),
        Text("核实退款资金来源。", "Verify where the returned money came from."),
    ),
    kinds=("statistical",),
    subject="person",
    needs={
        "payments": ("paid_at", "payer_account", "payee_account", "amount"),
        "accounts": ("holder_id",),
        "appointments": ("person_id", "org_id", "start_date"),
    },
    uses=("discipline_records", "unit_events", "cases", "financings", "asset_disposals", "exchange_rates"),
    relations=("authority", "links"),
    params=(
        Param("min_ratio", 0.8, "fraction", Text("退回八成以上。", "At least four fifths."), 0.1, 1),
        Param("max_ratio", 1.2, "fraction", Text("含利息不超过一成二。", "With interest no more than this."), 1, 5),
        Param("window_days", 60, "days", Text("事件后两个月内。", "Within two months after the event."), 1, 365),
        Param("min_amount", 3_000, "CNY", Text("更小的往来不作判断。", "Smaller sums are everyday."), 1, 1e9),
        Param("max_p", 0.1, "probability", Text("事件与退款偶合的概率。", "Chance of coincidence."), 0.0001, 0.5),
        Param(
            "red_total",
            30_000,
            "CNY",
            Text("受贿罪一般起点三万元。", "Usual threshold of bribery in criminal law."),
            0,
            1e9,
            to_confirm=True,
        ),
    ),
    references=(
        Reference("义乌, 2025: staged repayment after a former colleague fell"),
        Reference("Davison and Hinkley (1997), Bootstrap Methods and their Application, ch. 4: randomised event times"),
    ),
    value_unit=Text("退回比例，越接近一越可疑", "share given back; nearer to 1 is more telling"),
    engine="kernel",
    example=Example(
        tables={
            "persons": "person_id,name\nO,科长\nQ,股长\nE,副所长\nN,组长\nZ,原同事\nB,老板\n",
            "organizations": "org_id,name,kind\nU,街道办,government\nW,水务所,government\nC,拆迁公司,private\n",
            "appointments": "person_id,org_id,post,start_date\nO,U,科长,2016-01-01\nQ,U,股长,2016-01-01\n"
            "E,U,副所长,2016-01-01\nN,W,组长,2016-01-01\nZ,U,科长,2015-01-01\n",
            "directorships": "org_id,person_id,role\nC,B,legal_representative\n",
            "contracts": "contract_id,buyer_id,supplier_id,amount,signed_on,handler_id\nX,U,C,300000,2018-03-10,O\n"
            "Y,U,C,300000,2018-03-10,Q\nV,U,C,300000,2018-03-10,E\nT,W,C,300000,2018-03-10,N\n",
            "accounts": "account_id,holder_id\naO,O\naQ,Q\naE,E\naN,N\naZ,Z\naB,B\n",
            # O: 48,000 back 12 days after the colleague's case, all that came in; p = 12 / 2,922 days (2016 to 2023).
            # Q: 10,000 of 50,000 after it (20 %). E: 40,000 back, due that day by a loan on record.
            # N gave all back, but of the other unit no event is on record.
            "payments": "payment_id,paid_at,payer_account,payee_account,amount\np0,2016-01-01,aB,aZ,1\n"
            "p1,2018-05-01,aB,aO,20000\np2,2018-09-01,aB,aO,28000\np3,2019-06-13,aO,aB,48000\n"
            "p4,2018-06-01,aB,aQ,50000\np5,2019-06-20,aQ,aB,10000\n"
            "p6,2018-06-20,aB,aE,40000\np7,2019-06-20,aE,aB,40000\n"
            "p8,2018-06-01,aB,aN,30000\np9,2019-06-20,aN,aB,30000\nq0,2023-12-31,aB,aZ,1\n",
            "financings": "financing_id,kind,borrower_id,lender_id,principal,annual_rate,start_date,maturity_date\n"
            "L,private,E,B,40000,0,2018-06-20,2019-06-20\n",
            "discipline_records": "record_id,person_id,org_id,filed_on\nR,Z,U,2019-06-01\n",
        },
        flags=frozenset({"O"}),
        leaves=frozenset({"Q", "Z"}),
        others={"E": "excluded", "N": "not_assessable"},
    ),
    compute=_compute,
)
