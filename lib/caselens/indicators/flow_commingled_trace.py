"""A public sum, traced through a mixed account, reaches an official's circle by most methods of tracing.

Each payment of at least 50,000 yuan by a public body or a firm of the state to a private party is followed for 90 days,
at most over two more parties, by four methods (first in first out, last in first out, pro rata, lowest intermediate
balance), over whole accounts with their balances. A lead where three of the four bring at least half of it to parties
linked to one official; all four are told. Whoever belongs to that official's circle already is no intermediary. Wages
(insured, at most 30,000 a payment) and older loans on record exclude; an accepted contract between the two lowers the
score. Authority of the official over the firm, or a post at the paying unit, raises it; its absence is told.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from caselens.core.text import Text
from caselens.flows.tracing import Trace
from caselens.indicators import _trace
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._circle import AUTHORITY, Cited, cite, cited
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._parties import party_payments

_METHODS = ("fifo", "lifo", "pro_rata", "lowest_balance")
_WAGES = Text("所收为参保单位工资", "what reached the circle is pay from an insured job")
_LOAN = Text("所收为有记录的借款归还", "what reached the circle repays a loan on record")
_DARK = Text(
    "收款方付款流水未取得，无法追踪", "no outgoing payment of the recipient is known; its statement was not obtained"
)


def _compute(inputs: Inputs) -> Result:
    sums = _trace.public_sums(inputs)
    seen = set(sums.select("firm").distinct().execute()["firm"])
    tried = _trace.candidates(inputs, sums)
    money = party_payments(inputs)
    paying = set(money.select("payer").distinct().execute()["payer"]) if seen else set()
    links = inputs.relation("links").execute() if len(tried) else pd.DataFrame()
    leads, evidence, counters = [], [], []
    hits: set[str] = set()
    excluded: dict[str, str] = {}
    extract = _trace.Extract(inputs, {*tried["firm"], *tried["over"]})
    for (official, firm), rows in tried.groupby(["official_id", "firm"], sort=True):
        circle = set(links.loc[links["official_id"] == official, "party_id"])
        book = extract.book({firm, *rows["over"]} - circle)
        found = _Found(str(official), str(firm))
        for row in rows.drop_duplicates("row_key").to_dict("records"):
            followed = book.follow(row["payment_id"], row["account"], row["paid_on"], inputs["window_days"])
            found.add(row, followed, book, circle, inputs["min_share"])
        if not found.sums:
            continue
        why = _explained(found, inputs)
        if why:
            excluded[str(firm)] = why.both()
            continue
        hits.add(str(firm))
        strength, authority = _power(found, inputs)
        cite(found.rows, authority, "authority")
        mine = links[(links["official_id"] == official) & links["party_id"].isin(found.reached)]
        for some in mine["rows"]:
            cite(found.rows, some, "link")
        leads.append(_lead(found, strength, inputs))
        evidence += cited(leads[-1]["lead"], found.rows)
        counters += _counters(leads[-1]["lead"], found, strength, inputs)
    dark = dict.fromkeys(seen - paying, _DARK.both())
    states = assessed(hits, seen, dark, excluded)
    return Result(states, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


class _Found:
    """What reached one official's circle out of the public sums of one firm."""

    def __init__(self, official: str, firm: str) -> None:
        self.official, self.firm = official, firm
        self.sums: list[dict[str, Any]] = []
        self.by_method = dict.fromkeys(_METHODS, 0.0)
        self.reached: dict[str, float] = {}
        self.largest = 0.0
        self.between: set[str] = set()
        self.unseen: set[str] = set()
        self.rows: Cited = {}

    def add(self, row: dict[str, Any], followed: Trace, book: _trace.Book, circle: set[str], share: float) -> None:
        """Take one public sum in, if three of four methods bring enough of it to the circle."""
        at = followed.ends[followed.ends["holder"].isin(circle)]
        got = {method: float(at[method].sum()) for method in _METHODS}
        if sorted(got.values())[1] < share * row["yuan"] - 0.005:
            return
        self.sums.append(row)
        for method, value in got.items():
            self.by_method[method] += value
        legs = followed.legs[followed.legs[list(_METHODS)].max(axis=1) > 0]
        payee = legs["payee_account"].map(lambda name: book.holder.get(name, name))
        payer = legs["payer_account"].map(lambda name: book.holder.get(name, name))
        arrived = legs[payee.isin(circle) & ~payer.isin(circle)]
        for name, amount in zip(payee[arrived.index], arrived["amount"], strict=True):
            self.reached[str(name)] = self.reached.get(str(name), 0.0) + float(amount)
            self.largest = max(self.largest, float(amount))
        self.rows[("payments", row["row_key"])] = "public_money"
        keys = book.payments.set_index("payment_id")["row_key"]
        way = set(arrived["payer_account"])
        # Back from those who paid the circle to the account that got the public sum: there are two steps at most.
        for _ in range(2):
            way |= set(legs.loc[legs["payee_account"].isin(way), "payer_account"])
        # Only the legs that lead to the circle: what suppliers had is no evidence.
        for leg in legs[legs["payer_account"].isin({*way, row["account"]})].to_dict("records"):
            holder = str(book.holder.get(leg["payee_account"], leg["payee_account"]))
            if holder in circle:
                self.rows.setdefault(("payments", str(keys[leg["payment_id"]])), "reached")
            elif leg["payee_account"] in way and holder != self.firm:
                self.rows.setdefault(("payments", str(keys[leg["payment_id"]])), "passed_on")
                self.between.add(holder)
        gone = followed.ends[
            (followed.ends["reason"] == "no_payment_seen_after") & ~followed.ends["holder"].isin(circle)
        ]
        self.unseen |= {str(name) for name in gone["account"]}


def _power(found: _Found, inputs: Inputs) -> tuple[float, Any]:
    """The official's authority over the firm, or post at a paying unit, with the rows that say so; 0 if none."""
    authority = inputs.relation("authority")
    over = authority.filter(
        (authority.official_id == found.official)
        & authority.party_id.isin([found.firm, *sorted(found.between)])
        & (authority.strength >= AUTHORITY)
    ).execute()
    if len(over):
        best = over.assign(order=over["rows"].map(str)).sort_values(["strength", "order"], ascending=[False, True])
        return float(best["strength"].iloc[0]), best["rows"].iloc[0]
    units = sorted({str(row["unit"]) for row in found.sums})
    posts = inputs.table("appointments")
    held = posts.filter((posts.person_id == found.official) & posts.org_id.isin(units)).execute()
    rows = [{"table": "appointments", "key": str(key)} for key in sorted(held["row_key"])]
    return (AUTHORITY, rows) if rows else (0.0, [])


def _explained(found: _Found, inputs: Inputs) -> Text | None:
    """The ordinary reason for what reached the circle, if a record older than it says so."""
    first = min(row["paid_on"] for row in found.sums)
    payers, receivers = sorted({found.firm, *found.between}), sorted(found.reached)
    if inputs.has("employments") and found.largest <= inputs["max_wage"]:
        jobs = inputs.table("employments")
        jobs = jobs.filter(jobs.org_id.isin(payers) & jobs.person_id.isin(receivers) & (jobs.start_date <= first))
        if set(jobs.execute()["person_id"]) >= set(receivers):
            return _WAGES
    if inputs.has("financings"):
        lent = inputs.table("financings")
        lent = lent.filter(lent.borrower_id.isin(payers) & lent.lender_id.isin(receivers) & (lent.start_date < first))
        if float(lent.principal.cast("float64").sum().execute() or 0.0) * 1.3 >= sum(found.reached.values()):
            return _LOAN
    return None


def _lead(found: _Found, strength: float, inputs: Inputs) -> dict[str, Any]:
    public = float(sum(row["yuan"] for row in found.sums))
    third = sorted(found.by_method.values())[1]
    share = third / public
    agree = 1 - (max(found.by_method.values()) - min(found.by_method.values())) / public
    # Half at the threshold; all of it by every method nearly 1; without any known power three fifths of that.
    score = min(0.45 + 0.35 * min(share, 1.0) + 0.15 * agree, 0.95) * (0.6 + 0.4 * strength)
    return {
        "lead": f"{found.official}|{found.firm}",
        "subjects": [party(found.official, "official"), party(found.firm, "firm")]
        + [party(name, "beneficiary") for name in sorted(found.reached) if name != found.official]
        + [party(name, "intermediary") for name in sorted(found.between - {found.firm})]
        + [party(name, "context") for name in sorted({str(row["unit"]) for row in found.sums})],
        "objects": [thing("accounts", name) for name in sorted({str(row["account"]) for row in found.sums})]
        + [thing("payments", str(row["payment_id"])) for row in found.sums],
        "kind": "link",
        "severity": "red" if share >= 0.7 and strength else "yellow",
        "value": share,
        "score": score,
        "p_value": None,
        "amount": third,
        "period_start": min(row["paid_on"] for row in found.sums),
        "period_end": max(row["paid_on"] for row in found.sums),
        "fence": f"3 of 4 methods >= {inputs['min_share']:.0%} within {inputs['window_days']} d",
        "public": public,
        **found.by_method,
        "unseen": len(found.unseen),
    }


def _counters(lead: str, found: _Found, strength: float, inputs: Inputs) -> list[dict[str, str]]:
    bought: bool | None = None
    if inputs.has("contracts", "accepted_on", "deliverable"):
        deals = inputs.table("contracts")
        deals = deals.filter(
            deals.buyer_id.isin(sorted({found.firm, *found.between}))
            & deals.supplier_id.isin(sorted(found.reached))
            & deals.accepted_on.notnull()
            & deals.deliverable.notnull()
        )
        bought = bool(deals.count().execute() > 0)
    unseen = "、".join(sorted(found.unseen)[:20])
    missing = (
        Text(f"尚缺流水的账户：{unseen}", f"accounts whose statements are missing: {unseen}")
        if unseen
        else Text("途经账户的后续流水均可见", "every account on the way shows later payments")
    )
    power = Text("有管辖权或任职于付款单位", "authority over the firm, or a post at the paying unit")
    none = Text("未见对该企业的管辖权", "no authority over the firm is on record")
    return [
        counter(lead, "subcontract", bought),
        counter(lead, "method", None, missing.both()),
        counter(lead, "stranger", None if strength == 0 else False, (power if strength else none).both()),
    ]


INDICATOR = Indicator(
    id="flow-commingled-trace",
    number=13,
    title=Text("公款混同后流向", "Public money through mixed accounts"),
    question=Text(
        "公款进入混同账户后，按多种追踪方法计算，是否有过半流向公职人员关联方？",
        "Of a public sum that went into a mixed account, does at least half reach an official's circle by most methods "
        "of tracing?",
    ),
    summary=Text(
        "{firm}收到公款{public:money}，与其他资金混同后流向{official}关联方：先进先出{fifo:money}，后进先出{lifo:money}，按比例"
        "{pro_rata:money}，最低余额法{lowest_balance:money}；尚有{unseen}个账户缺后续流水。",
        "{firm} received {public:money} of public money; mixed with other money, this reached those linked to "
        "{official}: {fifo:money} first in first out, {lifo:money} last in first out, {pro_rata:money} pro rata, "
        "{lowest_balance:money} by lowest balance. Later statements of {unseen} accounts are missing.",
    ),
    innocent=(
        Innocent(
            "subcontract",
            Text("真实采购或分包。", "A real purchase or subcontract."),
            Text("查找双方之间已验收的合同。", "An accepted contract between the two is looked for."),
        ),
        Innocent(
            "method", Text("换一种方法或补齐流水后结论改变。", "Another method or a further statement changes it.")
        ),
        Innocent(
            "stranger",
            Text("与该公职人员职权无关的往来。", "Dealings that have nothing to do with the official's post."),
            Text("查职权与任职记录。", "Authority and posts are looked up."),
        ),
    ),
    next_steps=(
        Text("补调途经账户的全部流水，再按四种方法复算。", "Obtain the missing statements and calculate again."),
        Text("核实公款拨付的项目与实际用途。", "Verify what the public money was granted for and used for."),
        Text("查明关联方收款的名义与凭证。", "Establish on what ground the linked party was paid."),
    ),
    kinds=("link",),
    subject="organization",
    needs={
        "payments": ("paid_at", "payer_account", "payee_account", "amount"),
        "accounts": ("holder_id",),
        "organizations": ("kind",),
        "appointments": ("person_id", "org_id", "start_date"),
    },
    uses=("statement_lines", "employments", "financings", "contracts"),
    relations=("links", "authority"),
    params=(
        Param(
            "min_amount", 50_000, "CNY", Text("较小的公款多为日常结算。", "Smaller sums are daily business."), 0, 1e9
        ),
        Param("min_part", 5_000, "CNY", Text("更小的转出不构成去向。", "Smaller parts lead nowhere."), 0, 1e9),
        Param("min_share", 0.5, "fraction", Text("公款过半。", "Half of the public sum."), 0.01, 1),
        Param(
            "window_days", 90, "days", Text("再久则与其他资金难以区分。", "Later it can hardly be told apart."), 1, 3650
        ),
        Param("max_wage", 30_000, "CNY", Text("有参保记录时，此数以下视为工资。", "Up to this, pay."), 0, 1e9),
    ),
    references=(
        Reference("株洲, 2024: money drawn out of a public platform through accounts of others"),
        Reference("Clayton's Case (1816) 1 Mer 572: first in, first out"),
        Reference("Roscoe v Winder (1915) 1 Ch 62: lowest intermediate balance"),
    ),
    value_unit=Text("第三低方法下的占比", "share that three of four methods reach"),
    engine="kernel",
    example=Example(
        tables={
            "persons": "person_id,name\nO,局长\nW,配偶\n",
            "organizations": "org_id,name,kind\nU,农业农村局,government\nF,养殖公司,private\nG,种植公司,private\n"
            "D,未取流水,private\nB,供应商,private\n",
            "appointments": "person_id,org_id,post,start_date\nO,U,局长,2016-01-01\n",
            "kinships": "person_id,relative_id,relation\nO,W,spouse\n",
            "accounts": "account_id,holder_id\naU,U\naF,F\naG,G\naD,D\naW,W\naB,B\n",
            # F: 50 of its own, then 100 public; 40 to a supplier, 90 to the spouse. Of the public 100 reach her: FIFO
            # 10 of 40 were public, so 90; LIFO 60; pro rata 100 x 2/3 = 73.3 left, 90/110 of it = 60; lowest 90.
            # G: the supplier had it all; the spouse is paid from later income: nothing by FIFO, and a trace by others.
            "payments": "payment_id,paid_at,payer_account,payee_account,amount\n"
            "f0,2020-03-01,aB,aF,500000\nf1,2020-03-10,aU,aF,1000000\nf2,2020-03-14,aF,aB,400000\n"
            "f3,2020-03-20,aF,aW,900000\ng1,2020-03-10,aU,aG,1000000\ng2,2020-03-14,aG,aB,980000\n"
            "g3,2020-04-20,aB,aG,900000\ng4,2020-04-25,aG,aW,500000\nd1,2020-03-10,aU,aD,200000\n",
        },
        flags=frozenset({"F"}),
        leaves=frozenset({"G"}),
        others={"D": "not_assessable"},
    ),
    compute=_compute,
)
