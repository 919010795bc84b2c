"""Many small one-way transfers over a long time from a party under the official's authority.

Credits from one party to the official, kin or associates: enough of them, months and days between first and last; a
small median; little back, by number or by amount. Excluded: equal sums at fixed intervals with a matching record, money
lent before, and whatever each receiver's own unit pays (a post there, or the official's insured job there, while it
lasts and for 60 days after): wages and bonuses are not equal.

Without known authority a series is asked for by its rarity: see ``_drip_rank`` for the null; a lead needs a chance of at
most ``max_p``, and sums or intervals that differ, for rent and instalments are as one-way.
"""

from __future__ import annotations

from typing import Any

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, frame, party, thing
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._drip_against import Records, speaks_against
from caselens.indicators._drip_rank import unlinked
from caselens.indicators._dripping import Drip, circle, drips
from caselens.indicators._parties import holders

_IN_SUMMARY = ("credits", "smallest", "largest", "months", "first_on", "last_on", "debits")


def _compute(inputs: Inputs) -> Result:
    leads, evidence, counters = [], [], []
    excluded: dict[str, str] = {}
    linked, (rare, chances) = drips(inputs), unlinked(inputs)
    records = Records.of(inputs, [*linked, *(drip for drip, _ in rare)])
    for drip, chance in [*((drip, None) for drip in linked), *rare]:
        lead = f"{drip.official}|{drip.source}"
        against = speaks_against(lead, drip, records)
        innocent = next((item["note"] for item in against if item["state"] == "holds"), None)
        if chance is None and innocent is not None:
            excluded[drip.official] = innocent
        if innocent is not None or (chance is not None and drip.is_regular):
            continue
        rarity = {} if chance is None else {"kind": "statistical", "p_value": chance, "severity": "yellow"}
        leads.append(_lead(lead, drip, inputs) | rarity)
        counters += against
        evidence += [{"lead": lead, "table": "payments", "key": key, "role": "credit"} for key in drip.keys]
        evidence += [{"lead": lead, "table": table, "key": key, "role": role} for table, key, role in drip.rows]
    seen, dark = _assessable(inputs)
    hits = {lead["subjects"][0]["id"] for lead in leads}
    told = assessed(hits, seen, dark, excluded)
    sure = {lead["subjects"][0]["id"] for lead in leads if lead["kind"] == "link"}
    told["p_value"] = [None if name in sure else chances.get(str(name)) for name in told["subject_id"]]
    return Result(told, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _assessable(inputs: Inputs) -> tuple[set[str], dict[str, str]]:
    """Officials of whose circle an account is known, and those of whom none is."""
    near, known = circle(inputs), holders(inputs)
    with_account = near.semi_join(known, [("party_id", "party_id")]).select("official_id").distinct()
    everyone = set(near.select("official_id").distinct().execute()["official_id"])
    seen = set(with_account.execute()["official_id"])
    reason = Text("未取得本人、亲属或特定关系人的账户", "no account of the official, kin or associates was obtained")
    return seen, dict.fromkeys(everyone - seen, reason.both())


def _lead(lead: str, drip: Drip, inputs: Inputs) -> dict[str, Any]:
    # Twice the smallest number of credits is as telling as it gets by number; returns and weak authority lower it.
    number = min(drip.credits / (2 * inputs["min_credits"]), 1.0)
    score = (0.5 + 0.5 * number) * drip.one_way * (0.5 + 0.5 * drip.strength)
    others = [name for name in drip.receivers if name != drip.official]
    return {
        "lead": lead,
        "subjects": [party(drip.official, "official"), party(drip.source, "payer")]
        + [party(name, "context") for name in others],
        "objects": [thing("persons", drip.official)],
        "kind": "link",
        "severity": "red" if drip.total >= inputs["red_total"] else "yellow",
        "value": float(drip.credits),
        "score": min(score, 0.5) if drip.is_testimony else score,
        "p_value": None,
        "amount": drip.total,
        "period_start": drip.first_on,
        "period_end": drip.last_on,
        "fence": f"credits >= {inputs['min_credits']}, span >= {inputs['min_span_days']} d, "
        f"median <= {inputs['max_median']}",
        **{name: getattr(drip, name) for name in _IN_SUMMARY},
    }


INDICATOR = Indicator(
    id="flow-drip",
    number=5,
    title=Text("小额多次单向收款", "Small one-way transfers"),
    question=Text(
        "公职人员一方是否长期、多次、单向收到同一管理服务对象的小额转账？",
        "Did an official's side receive many small one-way transfers over a long time from one party under the "
        "official's authority?",
    ),
    summary=Text(
        "{first_on}至{last_on}，{payer}先后{credits}次向{official}一方转账共{amount:money}(单笔{smallest:money}至"
        "{largest:money}),回转{debits}次。",
        "From {first_on} to {last_on}, {payer} made {credits} transfers to the side of {official}, {amount:money} in "
        "all ({smallest:money} to {largest:money} each); {debits} went back.",
    ),
    innocent=(
        Innocent(
            "rent",
            Text("房租：等额、定期，且有租约。", "Rent: equal sums at fixed intervals, with a lease."),
            Text("等额定期可测；租约需人工核对。", "Equality and intervals are tested; the lease has to be asked for."),
        ),
        Innocent(
            "wages",
            Text("工资或兼职报酬。", "Wages or declared part-time pay."),
            Text(
                "付款方为收款人任职单位；或等额定期，且收款人参保于付款单位。",
                "The payer is where the receiver holds a post, or the sums are equal, at fixed intervals, with an "
                "employment there.",
            ),
        ),
        Innocent(
            "loan",
            Text("分期归还借款。", "Repayment of a loan by instalments."),
            Text(
                "等额定期且有出借记录，或首笔收款前已转出相当金额。",
                "Equal sums at fixed intervals and a loan on record, or about as much had gone out before the first "
                "credit.",
            ),
        ),
        Innocent(
            "reciprocal",
            Text("朋友间互相往来(红包、AA)。", "Give and take between friends (red packets, shared meals)."),
            Text(
                "按笔数和金额计算双向比例。",
                "Payments in both directions are counted and summed up; below both limits there is no lead at all.",
            ),
        ),
    ),
    next_steps=(
        Text(
            "逐笔核对备注及转账前后的检查、审批事项。",
            "Read each memo beside inspections and approvals round its date.",
        ),
        Text("核实双方有无真实债权债务或租赁。", "Verify whether there was a debt or lease."),
        Text("补调双方微信、支付宝及现金往来。", "Request WeChat, Alipay and cash records of both sides."),
    ),
    kinds=("link", "statistical"),
    subject="person",
    needs={
        "payments": ("paid_at", "payer_account", "payee_account", "amount"),
        "accounts": ("holder_id",),
        "appointments": ("person_id", "org_id", "start_date"),
    },
    uses=("employments", "financings", "persons", "kinships"),
    relations=("authority", "links"),
    params=(
        Param("min_credits", 6, "payments", Text("少于六次不成规律。", "Fewer make no pattern."), 2, 1000),
        Param(
            "min_months",
            4,
            "months",
            Text("至少分布在四个自然月。", "Spread over at least four calendar months."),
            1,
            120,
        ),
        Param("min_span_days", 180, "days", Text("持续至少半年。", "Lasting at least half a year."), 1, 20_000),
        Param(
            "max_median",
            20_000,
            "CNY",
            Text("以中位数计，一笔大额不掩盖长期小额。", "The median: one large transfer must not hide a drip."),
            1,
            1e7,
        ),
        Param(
            "min_one_way",
            0.9,
            "fraction",
            Text("按笔数或金额计的单向比例。", "Share of credits by number or amount."),
            0.5,
            1,
        ),
        Param(
            "max_p",
            0.005,
            "probability",
            Text("无职权关系时，须为全市最罕见者。", "Without authority only the rarest of the city."),
            1e-6,
            0.1,
        ),
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
            + "".join(
                f"e{i},2017-{i:02d}-13,wB,wQ,600,wechat\nf{i},2017-{i:02d}-20,wQ,wB,600,wechat\n" for i in range(3, 11)
            ),
        },
        flags=frozenset({"O"}),
        leaves=frozenset({"Q"}),
        others={"R": "not_assessable"},
    ),
    compute=_compute,
)
