"""Many small one-way transfers over a long time from a party under the official's authority."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._parties import holders, party_payments

_AUTHORITY = 0.7


def _circle(inputs: Inputs) -> ir.Table:
    """Persons of each official's circle (the official, kin, associates), with the rows that say so."""
    links = inputs.relation("links")
    persons = links.filter(links.party_id == links.via_id)
    return persons.group_by(["official_id", "party_id"]).agg(
        link_rows=persons.rows.first(order_by=[persons.degree, persons.how])
    )


def _series(inputs: Inputs) -> ir.Table:
    """Credits from one counterparty to one official's circle, summed up, with the payments that went back."""
    money, circle = party_payments(inputs), _circle(inputs)
    credits = money.join(circle, [("payee", "party_id")]).select(
        "official_id", "paid_on", "yuan", "row_key", "is_testimony", source="payer", receiver="payee"
    )
    debits = money.join(circle, [("payer", "party_id")]).select("official_id", "row_key", source="payee")
    insiders = circle.select("official_id", "party_id")
    credits = credits.anti_join(insiders, [("official_id", "official_id"), ("source", "party_id")])
    keys = ["official_id", "source"]
    summed = credits.group_by(keys).agg(
        credits=credits.count(),
        months=credits.paid_on.strftime("%Y-%m").nunique(),
        first_on=credits.paid_on.min(),
        last_on=credits.paid_on.max(),
        median=credits.yuan.median(),
        total=credits.yuan.sum(),
        smallest=credits.yuan.min(),
        largest=credits.yuan.max(),
        receivers=credits.receiver.collect(distinct=True),
        keys=credits.row_key.collect(order_by=[credits.paid_on, credits.row_key]),
        days=credits.paid_on.collect(order_by=[credits.paid_on, credits.row_key]),
        testimony_only=credits.is_testimony.all(),
    )
    returned = debits.group_by(keys).agg(debits=debits.count())
    joined = summed.left_join(returned, keys)
    return joined.mutate(debits=joined.debits.fill_null(0)).drop("official_id_right", "source_right")


def _authority(inputs: Inputs, pairs: ir.Table) -> ir.Table:
    """Authority of at least 0.7 over the payer that touches the period of the credits, the strongest first."""
    authority = inputs.relation("authority")
    strong = authority.filter(authority.strength >= _AUTHORITY)
    joined = pairs.join(strong, [("official_id", "official_id"), ("source", "party_id")])
    touching = joined.filter(
        (joined.since.isnull() | (joined.since <= joined.last_on))
        & (joined.until.isnull() | (joined.until >= joined.first_on))
    )
    return touching.group_by(["official_id", "source"]).agg(
        strength=touching.strength.max(),
        authority_rows=touching.rows.first(order_by=[touching.strength.desc(), touching.basis, touching.since]),
    )


def _compute(inputs: Inputs) -> Result:
    series = _series(inputs)
    days = series.last_on.delta(series.first_on, unit="day")
    one_way = series.credits / (series.credits + series.debits)
    regular = series.mutate(span_days=days, one_way=one_way)
    dripping = regular.filter(
        (regular.credits >= inputs["min_credits"])
        & (regular.months >= inputs["min_months"])
        & (regular.span_days >= inputs["min_span_days"])
        & (regular["median"] <= inputs["max_median"])
        & (regular.one_way >= inputs["min_one_way"])
    )
    pairs = dripping.select("official_id", "source", "first_on", "last_on")
    over = _authority(inputs, pairs)
    found = dripping.join(over, ["official_id", "source"]).execute()
    circle = _circle(inputs).execute() if len(found) else pd.DataFrame()
    leads, evidence, counters = [], [], []
    for row in found.sort_values(["official_id", "source"]).to_dict("records"):
        lead = f"{row['official_id']}|{row['source']}"
        against = _counters(lead, row, inputs)
        leads.append(_lead(lead, row, inputs))
        counters += against
        evidence += _evidence(lead, row, circle)
    seen, dark = _assessable(inputs)
    return Result(
        assessed({lead.split("|")[0] for lead in (item["lead"] for item in leads)}, seen, dark),
        frame(leads, LEADS),
        frame(evidence, EVIDENCE),
        frame(counters, COUNTERS),
    )


def _assessable(inputs: Inputs) -> tuple[set[str], dict[str, str]]:
    """Officials of whose circle an account is known, and those of whom none is."""
    circle, known = _circle(inputs), holders(inputs)
    with_account = circle.semi_join(known, [("party_id", "party_id")]).select("official_id").distinct()
    everyone = set(circle.select("official_id").distinct().execute()["official_id"])
    seen = set(with_account.execute()["official_id"])
    reason = "no account of the official, kin or associates was obtained"
    return seen, dict.fromkeys(everyone - seen, reason)


def _lead(lead: str, row: dict[str, object], inputs: Inputs) -> dict[str, object]:
    credits, one_way = int(row["credits"]), float(row["one_way"])  # type: ignore[call-overload,arg-type]
    # Twice the smallest number of credits is as telling as it gets by number; returns and weak authority lower it.
    number = min(credits / (2 * inputs["min_credits"]), 1.0)
    score = (0.5 + 0.5 * number) * one_way * (0.5 + 0.5 * float(row["strength"]))  # type: ignore[arg-type]
    if row["testimony_only"]:
        score = min(score, 0.5)
    others = [name for name in sorted(row["receivers"]) if name != row["official_id"]]  # type: ignore[call-overload]
    return {
        "lead": lead,
        "subjects": [party(str(row["official_id"]), "official"), party(str(row["source"]), "payer")]
        + [party(name, "context") for name in others],
        "objects": [thing("persons", str(row["official_id"]))],
        "kind": "link",
        "severity": "red" if float(row["total"]) >= inputs["red_total"] else "yellow",  # type: ignore[arg-type]
        "value": float(credits),
        "score": score,
        "p_value": None,
        "amount": row["total"],
        "period_start": row["first_on"],
        "period_end": row["last_on"],
        "fence": f"credits >= {inputs['min_credits']}, span >= {inputs['min_span_days']} d, median <= {inputs['max_median']}",
        **{name: row[name] for name in ("credits", "smallest", "largest", "months", "first_on", "last_on", "debits")},
    }


def _evidence(lead: str, row: dict[str, object], circle: pd.DataFrame) -> list[dict[str, str]]:
    rows = [{"lead": lead, "table": "payments", "key": key, "role": "credit"} for key in row["keys"]]  # type: ignore[attr-defined]
    rows += [{"lead": lead, **found, "role": "authority"} for found in row["authority_rows"]]  # type: ignore[attr-defined]
    receivers = set(row["receivers"])  # type: ignore[call-overload]
    mine = circle[(circle["official_id"] == row["official_id"]) & circle["party_id"].isin(receivers)]
    return rows + [{"lead": lead, **found, "role": "link"} for links in mine["link_rows"] for found in links]


def _counters(lead: str, row: dict[str, object], inputs: Inputs) -> list[dict[str, str]]:
    """Rent, wages and instalments need both: equal sums at fixed intervals, and a record that explains them."""
    days = pd.Series(pd.to_datetime(list(row["days"])))  # type: ignore[call-overload]
    gaps = days.diff().dt.days.dropna()
    is_equal = float(row["largest"]) <= 1.01 * float(row["smallest"])  # type: ignore[arg-type]
    is_even = bool(len(gaps)) and bool((gaps - gaps.median()).abs().max() <= 5)
    receivers, source = list(row["receivers"]), str(row["source"])  # type: ignore[call-overload]
    regular = is_equal and is_even

    def explained(table: str, **wanted: list[str]) -> bool | None:
        if not inputs.has(table, *wanted):
            return None
        rows = inputs.table(table)
        matching = rows.filter(*(rows[column].isin(values) for column, values in wanted.items()))
        return regular and bool(matching.count().execute() > 0)

    note = "equal sums at fixed intervals" if regular else "sums or intervals differ"
    return [
        counter(lead, "wages", explained("employments", org_id=[source], person_id=receivers), note),
        counter(lead, "loan", explained("financings", borrower_id=[source], lender_id=receivers), note),
        counter(lead, "rent", None if regular else False, note),
        counter(lead, "reciprocal", False, f"{row['debits']} payments went back"),
    ]


INDICATOR = Indicator(
    id="flow-drip",
    number=5,
    title=Text("小额多次单向收款", "Small one-way transfers"),
    question=Text(
        "公职人员一方是否长期、多次、单向收到同一管理服务对象的小额转账?",
        "Did an official's side receive many small one-way transfers over a long time from one party under the "
        "official's authority?",
    ),
    summary=Text(
        "{first_on}至{last_on},{payer}先后{credits}次向{official}一方转账共{amount:money}(单笔{smallest:money}至"
        "{largest:money}),回转{debits}次。",
        "From {first_on} to {last_on}, {payer} made {credits} transfers to the side of {official}, {amount:money} in all "
        "({smallest:money} to {largest:money} each); {debits} went back.",
    ),
    innocent=(
        Innocent(
            "rent",
            Text("房租:等额、定期,且有租约。", "Rent: equal sums at fixed intervals, with a lease."),
            Text("等额定期可测;租约需人工核对。", "Equality and intervals are tested; the lease has to be asked for."),
        ),
        Innocent(
            "wages",
            Text("工资或兼职报酬。", "Wages or declared part-time pay."),
            Text("等额定期,且收款人参保于付款单位。", "Equal sums at fixed intervals and an employment at the payer."),
        ),
        Innocent(
            "loan",
            Text("分期归还借款。", "Repayment of a loan by instalments."),
            Text("等额定期,且有出借记录。", "Equal sums at fixed intervals and a loan on record."),
        ),
        Innocent(
            "reciprocal",
            Text("朋友间互相往来(红包、AA)。", "Give and take between friends (red packets, shared meals)."),
            Text("计算双向比例。", "Payments in both directions are counted; below the limit there is no lead at all."),
        ),
    ),
    next_steps=(
        Text("逐笔核对备注及转账前后的检查、审批事项。", "Read each memo beside inspections and approvals round its date."),
        Text("核实双方有无真实债权债务或租赁。", "Verify whether there was a debt or lease."),
        Text("补调双方微信、支付宝及现金往来。", "Request WeChat, Alipay and cash records of both sides."),
    ),
    kinds=("link",),
    subject="person",
    needs={
        "payments": ("paid_at", "payer_account", "payee_account", "amount"),
        "accounts": ("holder_id",),
        "appointments": ("person_id", "org_id", "start_date"),
    },
    uses=("employments", "financings"),
    relations=("authority", "links"),
    params=(
        Param("min_credits", 6, "payments", Text("少于六次不成规律。", "Fewer make no pattern."), 2, 1000),
        Param("min_months", 4, "months", Text("至少分布在四个自然月。", "Spread over at least four calendar months."), 1, 120),
        Param("min_span_days", 180, "days", Text("持续至少半年。", "Lasting at least half a year."), 1, 20_000),
        Param(
            "max_median",
            20_000,
            "CNY",
            Text("以中位数计,一笔大额不掩盖长期小额。", "The median: one large transfer must not hide a drip."),
            1,
            1e7,
        ),
        Param("min_one_way", 0.9, "fraction", Text("按笔数计的单向比例。", "Share of credits by number."), 0.5, 1),
        Param("red_total", 30_000, "CNY", Text("受贿罪一般起点三万元。", "Usual threshold of bribery in criminal law."), 0,
              1e9, to_confirm=True),
    ),
    references=(
        Reference("义乌, 2025: 32 WeChat transfers from one contractor, March 2017 to January 2024, 7.33万"),
        Reference("最高人民法院、最高人民检察院 2016 年贪污贿赂解释第一条(三万元起点), recalled, to be confirmed"),
    ),
    value_unit=Text("收款次数", "number of credits"),
    engine="expression",
    example=Example(
        tables={
            "persons": "person_id,name\nO,公职人员\nQ,另一公职人员\nR,无账户人员\nB,承包人\nF,朋友\n",
            "organizations": "org_id,name,kind\nU,国土所,government\nC,拆迁公司,private\n",
            "appointments": "person_id,org_id,post,start_date,is_leadership\nO,U,雇员,2014-04-01,false\n"
            "Q,U,科员,2014-04-01,false\nR,U,科员,2014-04-01,false\n",
            "directorships": "org_id,person_id,role\nC,B,legal_representative\n",
            "applications": "application_id,applicant_id,authority_id,handler_id,kind,submitted_on\n"
            "A1,C,U,O,land,2017-01-05\nA2,C,U,Q,land,2017-01-05\n",
            "accounts": "account_id,holder_id\nwO,O\nwQ,Q\nwB,B\nwF,F\n",
            # B pays O eight times over 14 months and nothing comes back; B and Q pay each other.
            "payments": "payment_id,paid_at,payer_account,payee_account,amount,channel\n"
            + "".join(f"d{i},2017-{i:02d}-12,wB,wO,{500 + 300 * i},wechat\n" for i in range(3, 10))
            + "d10,2018-05-02,wB,wO,10000,wechat\n"
            + "".join(f"e{i},2017-{i:02d}-13,wB,wQ,600,wechat\nf{i},2017-{i:02d}-20,wQ,wB,600,wechat\n" for i in range(3, 11)),
        },
        flags=frozenset({"O"}),
        leaves=frozenset({"Q"}),
        others={"R": "not_assessable"},
    ),
    compute=_compute,
)
