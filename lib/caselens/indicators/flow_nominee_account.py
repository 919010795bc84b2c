"""An account in one name that somebody near an official uses.

Money passes through: net at most 0.3 of the turnover, turnover at least 50,000. Further marks: (a) the machine or the
bills of somebody near an official, or half of what passed reaching one such person; (b) single or summed outflows
within 7 days and 5 % of the inflow, for at least three inflows and half of what came; (c) declared income below a tenth
of the turnover of the busiest year. A lead needs (a) and (b) or (c), and (b) where (a) is only that money reached
somebody; an account of kin or of an associate needs (b) and (c). A machine of more than three holders says nothing.
Excluded: a family's common purse that declared income explains, wages, a declared trade.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from caselens.core.text import Text
from caselens.indicators import _nominee
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._circle import Cited, cite, cited
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._nominee import Circles, Move

_FAMILY = Text(
    "家庭共用账户，款项来自家人且与收入相称", "a family's common purse, fed by kin within the declared income"
)
_WAGES = Text("进账主要为本人工资", "what comes in is mostly the holder's own pay")
_SHOP = Text("多名付款人的经营账户，收入已申报", "a trade with many payers and a declared income")
_DARK = Text(
    "未取得该账户的登录设备信息，无法判断由谁使用", "no login data of the account, so who uses it cannot be known"
)
_MARKS = {"device_mac": 1.0, "terminal_id": 0.9, "bills": 0.8, "device_ip": 0.6, "reached": 0.5, "": 0.0}
#: Share of what passed that has to reach one person to show whose money it is.
_REACHED = 0.5


@dataclass(slots=True)
class _Account:
    """One account through which money passes, with the marks found."""

    account: str
    holder: str
    came: float
    went: float
    moves: list[Move]
    official: str = ""
    user: str = ""
    mark: str = ""
    how: str = ""
    passed: float = 0.0
    share: float | None = None  # declared income of the busiest year over its turnover
    rows: Cited = field(default_factory=dict)

    @property
    def turnover(self) -> float:
        return self.came + self.went

    @property
    def passes(self) -> bool:
        """Whether at least half of what came left again at once, at least three times."""
        inflows = sum(1 for role in self.rows.values() if role == "inflow")
        return inflows >= 3 and self.passed >= 0.5 * self.came

    def is_poor(self, limit: float) -> bool:
        """Whether the declared income is known and does not explain the turnover."""
        return self.share is not None and self.share < limit


def _compute(inputs: Inputs) -> Result:
    moved = _nominee.turnover(inputs, inputs["min_turnover"]).cache()
    seen = moved.execute()
    open_ = seen[(seen["came"] - seen["went"]).abs() <= inputs["max_net"] * (seen["came"] + seen["went"]) + 1e-9]
    near, used = Circles(inputs), _nominee.users(inputs, inputs["max_sharers"])
    bills = _nominee.bill_payers(inputs, moved)
    bills = bills[bills.groupby(["account_id", "user"])["row_key"].transform("size") >= 2]
    beside = used[used["user"].isin(near.persons)]
    wanted = open_["account_id"].isin({*beside["account_id"], *bills["account_id"]})
    income = _nominee.incomes(inputs)
    # Of kin alone it takes a declared income that the turnover belies.
    wanted |= open_["holder"].isin(near.kin & set(income))
    wanted |= open_["account_id"].isin(_nominee.payers_of(inputs, moved, near.persons, _REACHED / 2))
    open_ = open_.sort_values("account_id")
    moves = _nominee.movements(inputs, open_.loc[wanted, "account_id"])
    machines, paid_for = _by_account(beside), _by_account(bills)
    logged = set(used["account_id"]) | _logged(inputs)
    leads, evidence, counters = [], [], []
    hits: set[str] = set()
    excluded: dict[str, str] = {}
    dark: dict[str, str] = {}
    for row in open_.to_dict("records"):
        account = str(row["account_id"])
        if account in moves:
            item = _Account(account, str(row["holder"]), row["came"], row["went"], moves[account])
            _weighed(item, income, inputs)
            _placed(item, near, machines.get(account, []), paid_for.get(account, []))
            if _is_lead(item, inputs):
                why = _explained(item, near, income, inputs)
                if why:
                    excluded[account] = why.both()
                    continue
                hits.add(account)
                leads.append(_lead(item, inputs))
                evidence += cited(account, item.rows)
                counters += _counters(item, inputs)
                continue
        if account not in logged:
            dark[account] = _DARK.both()
    states = assessed(hits, seen["account_id"], dark, excluded)
    return Result(states, frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS))


def _logged(inputs: Inputs) -> set[str]:
    known = [name for name in _nominee.DEVICES if inputs.has("statement_lines", name)]
    if not known:
        return set()
    lines = inputs.table("statement_lines")
    some = lines[known[0]].notnull()
    for name in known[1:]:
        some = some | lines[name].notnull()
    return set(lines.filter(some).select("account_id").distinct().execute()["account_id"])


def _by_account(rows: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows.to_dict("records"):
        found.setdefault(str(row["account_id"]), []).append({str(name): value for name, value in row.items()})
    return found


def _placed(item: _Account, near: Circles, beside: list[dict[str, Any]], bills: list[dict[str, Any]]) -> None:
    """Find the official: by machine, bills, where the money went, kinship, in this order; never the holder himself."""
    for row in sorted(beside, key=lambda row: (-_MARKS[row["mark"]], row["user"])):
        mine = near.of(row["user"], but=item.holder)
        if mine:
            item.official, item.user, item.mark = mine[0]["official_id"], row["user"], row["mark"]
            for key in row["rows"]:
                item.rows[("statement_lines", str(key))] = "device"
            cite(item.rows, mine[0]["link_rows"], "link")
            break
    paid = Counter(row["user"] for row in bills if near.of(row["user"], but=item.holder))
    if paid:
        if not item.mark:
            item.user = min(paid, key=lambda user: (-paid[user], user))
            item.official = near.of(item.user, but=item.holder)[0]["official_id"]
            item.mark = "bills"
        item.rows |= {("payments", str(row["row_key"])): "bill" for row in bills if row["user"] == item.user}
    if not item.mark and item.passes:
        outs = {key for (_, key), role in item.rows.items() if role == "outflow"}
        for user, yuan in _nominee.reached(item.moves, outs):
            mine = near.of(user, but=item.holder)
            if mine and user != item.holder and yuan >= _REACHED * item.passed:
                item.official, item.user, item.mark = mine[0]["official_id"], user, "reached"
                cite(item.rows, mine[0]["link_rows"], "link")
                break
    kin = near.of(item.holder, but=item.holder)
    kin = [row for row in kin if row["official_id"] == item.official] if item.official else kin
    if kin:
        item.official, item.how = kin[0]["official_id"], kin[0]["how"]
        item.user = item.user or item.official
        cite(item.rows, kin[0]["link_rows"], "link")


def _weighed(item: _Account, income: dict[str, dict[int, tuple[float, str]]], inputs: Inputs) -> None:
    """Fill in what passed through, and income against turnover in the busiest year."""
    item.passed, rows = _nominee.through(item.moves, inputs["window_days"], inputs["tolerance"])
    came = {move.row_key for move in item.moves if move.is_in}
    for key in rows:
        item.rows.setdefault(("payments", key), "inflow" if key in came else "outflow")
    declared = income.get(item.holder, {})
    years: dict[int, float] = {}
    for move in item.moves:
        years[move.day.year] = years.get(move.day.year, 0.0) + move.yuan
    if declared and years:
        busiest = min(years, key=lambda year: (-years[year], year))
        usual = sum(value for value, _ in declared.values()) / len(declared)
        item.share = declared.get(busiest, (usual, ""))[0] / years[busiest]
        item.rows |= {("declarations", key): "income" for year, (_, key) in declared.items() if year in years}


def _is_lead(item: _Account, inputs: Inputs) -> bool:
    poor = item.is_poor(inputs["max_income"])
    if not item.official:
        return False
    if item.mark:
        return item.passes or poor
    return bool(item.how) and item.passes and poor


def _explained(
    item: _Account, near: Circles, income: dict[str, dict[int, tuple[float, str]]], inputs: Inputs
) -> Text | None:
    """The ordinary account this is, if the tables say so."""
    inflows = [move for move in item.moves if move.is_in]
    family = near.around(item.official) | {item.official} if item.how else set()
    from_kin = sum(move.yuan for move in inflows if move.other in family)
    months = max(len({(move.day.year, move.day.month) for move in inflows}), 1)
    if from_kin >= 0.5 * item.came:
        declared = {**income.get(item.holder, {}), **income.get(item.official, {})}
        mean = sum(value for value, _ in declared.values()) / len(declared) if declared else 240_000.0
        if from_kin <= mean / 12 * months:
            return _FAMILY
    if inputs.has("employments"):
        jobs = inputs.table("employments").filter(lambda t: t.person_id == item.holder)
        paid_by = set(jobs.select("org_id").execute()["org_id"])
        if sum(move.yuan for move in inflows if move.other in paid_by) >= 0.5 * item.came:
            return _WAGES
    declared_trade = item.share is not None and not item.is_poor(inputs["max_income"])
    return (
        _SHOP if declared_trade and len({move.other for move in inflows} - {None}) >= inputs["trade_payers"] else None
    )


def _lead(item: _Account, inputs: Inputs) -> dict[str, Any]:
    passed = min(item.passed / item.came, 1.0) if item.came else 0.0
    poor = 1 - item.share / inputs["max_income"] if item.share is not None and item.is_poor(inputs["max_income"]) else 0
    # The other person's hand on it weighs most; then how much of it only passed, then what the income leaves open.
    score = 0.2 + 0.3 * _MARKS[item.mark] + 0.2 * passed + 0.15 * poor + (0.1 if item.how else 0.0)
    subjects = [party(item.holder, "holder"), party(item.official, "official")]
    if item.user not in (item.official, item.holder):
        subjects.append(party(item.user, "user"))
    return {
        "lead": item.account,
        "subjects": subjects,
        "objects": [thing("accounts", item.account)],
        "kind": "link",
        "severity": "red" if item.mark and item.passes and item.is_poor(inputs["max_income"]) else "yellow",
        "value": item.turnover,
        "score": score,
        "p_value": None,
        "amount": item.turnover,
        "period_start": item.moves[0].day,
        "period_end": item.moves[-1].day,
        "fence": f"net <= {inputs['max_net']}, turnover >= {inputs['min_turnover']}, {inputs['window_days']} d "
        f"+-{inputs['tolerance']:.0%}, income < {inputs['max_income']:.0%}",
        "account": item.account,
        "passed": item.passed,
        "net": abs(item.came - item.went),
    }


def _counters(item: _Account, inputs: Inputs) -> list[dict[str, str]]:
    rich = item.share is not None and not item.is_poor(inputs["max_income"])
    share = "" if item.share is None else f"{item.share:.0%}"
    told = (
        Text("无申报收入可比", "no declared income to compare")
        if item.share is None
        else Text(f"申报收入为最忙一年收支的 {share}", f"declared income is {share} of the busiest year's turnover")
    )
    kin = Text("户主非亲属" if not item.how else "户主为亲属", "the holder is kin" if item.how else "no kin on record")
    return [
        counter(item.account, "trade", None if item.share is None else rich, told.both()),
        counter(item.account, "family", None if item.how else False, kin.both()),
    ]


INDICATOR = Indicator(
    id="flow-nominee-account",
    number=11,
    title=Text("账户疑由他人使用", "Account used by another"),
    question=Text(
        "某人名下快进快出、与其收入不符的账户，是否由公职人员一方使用？",
        "Is an account through which money only passes, and which its holder's income does not explain, used by an "
        "official's side?",
    ),
    summary=Text(
        "{holder}名下账户{account}收支合计{amount:money}，净留存仅{net:money}，其中{passed:money}到账后七日内即等额转出；"
        "该账户与{official}一方有使用上的联系。",
        "Account {account} of {holder} moved {amount:money}, of which {net:money} stayed; {passed:money} left again "
        "within seven days of coming in. Its use points to the side of {official}.",
    ),
    innocent=(
        Innocent(
            "family",
            Text("家庭共用账户。", "A family's common purse."),
            Text(
                "款项过半来自家人且不超过申报收入的，予以排除。",
                "Excluded where half of it comes from kin and the declared income covers it.",
            ),
        ),
        Innocent(
            "trade",
            Text("个体经营、店铺账户。", "A trader's or shop's account."),
            Text(
                "比较申报收入与最忙一年的收支，并数付款人数。",
                "Declared income is compared with the busiest year's turnover, and payers are counted.",
            ),
        ),
    ),
    next_steps=(
        Text("调取开户资料及登录日志(设备、地址、时间)。", "Obtain opening documents and login logs."),
        Text("查明银行卡、手机和U盾由谁保管。", "Establish who keeps the card, the phone and the key."),
        Text("核对该账户代缴的费用与公职人员行踪。", "Compare bills it pays with the official's movements."),
    ),
    kinds=("link",),
    subject="account",
    needs={
        "payments": ("paid_at", "payer_account", "payee_account", "amount"),
        "accounts": ("holder_id",),
        "appointments": ("person_id", "org_id", "start_date"),
    },
    uses=("statement_lines", "persons", "organizations", "declarations", "employments"),
    relations=("links",),
    params=(
        Param("min_turnover", 50_000, "CNY", Text("更小的收支属日常。", "Less is everyday money."), 1, 1e9),
        Param("max_net", 0.3, "fraction", Text("留存很少说明只是过账。", "Little stays: it only passes."), 0, 1),
        Param("window_days", 7, "days", Text("到账后一周内转出。", "Gone within a week."), 0, 90),
        Param("tolerance", 0.05, "fraction", Text("手续费与尾差。", "Fees and odd sums."), 0, 0.5),
        Param("max_income", 0.1, "fraction", Text("收入不足收支一成。", "Income below a tenth of it."), 0.001, 1),
        Param(
            "max_sharers",
            3,
            "holders",
            Text("更多人共用的设备可能是营业厅或网吧。", "A machine of more people may be a counter or a café."),
            2,
            50,
        ),
        Param("trade_payers", 8, "payers", Text("经营账户付款人多。", "A trade has many payers."), 2, 1000),
    ),
    references=(
        Reference("株洲, 2024: money for an official received on a relative's bank account"),
        Reference("FATF (2018), Concealment of Beneficial Ownership: nominees and informal nominee account holders"),
    ),
    value_unit=Text("收支合计(元)", "turnover in yuan; higher is more"),
    engine="kernel",
    example=Example(
        tables={
            "persons": "person_id,name\nO,局长\nD,司机\nT,摊主\nN,无日志\n",
            "organizations": "org_id,name,kind\nU,交通局,government\nF,材料公司,private\n",
            "appointments": "person_id,org_id,post,start_date\nO,U,局长,2016-01-01\n",
            "declarations": "person_id,year,household_income\nD,2019,40000\n",
            "accounts": "account_id,holder_id\naO,O\naD,D\naT,T\naN,N\naF,F\n",
            # D: 300,000 in, 297,000 out within 2 days and 1 %, all to O; income 40,000 / 597,000 = 6.7 %.
            # T: 90,000 in, 30,000 out: half of the turnover stays. N: in and out, but no login data.
            "payments": "payment_id,paid_at,payer_account,payee_account,amount\n"
            + "".join(f"i{m},2019-0{m}-03,aF,aD,100000\no{m},2019-0{m}-05,aD,aO,99000\n" for m in (2, 4, 6))
            + "t1,2019-03-01,aF,aT,90000\nt2,2019-03-02,aT,aF,30000\n"
            "n1,2019-03-01,aF,aN,60000\nn2,2019-05-02,aN,aF,60000\n",
        },
        flags=frozenset({"aD"}),
        leaves=frozenset({"aT", "aO"}),
        others={"aN": "not_assessable"},
    ),
    compute=_compute,
)
