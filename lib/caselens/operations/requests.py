"""What to ask for next (补调): statements with gaps, counterparties nobody obtained, tables a question lacks.

Each request says to whom it goes, what it asks for, for which period, and why; nothing is sent. People approve and sign.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pandas as pd

from caselens.core.text import Language, Text
from caselens.entities import entities, resolved
from caselens.indicators import INDICATORS
from caselens.operations._offices import OFFICES, OTHER
from caselens.tables import TABLES
from caselens.workspace import Workspace
from caselens.workspace.balances import chains

#: The case of what no case is about.
WHOLE = "all"
#: Counterparties that moved at least so much with the accounts at hand (yuan, both directions) are asked for.
LEAST = 100_000
_BANK = Text("开户银行（待查明）", "the bank (to be found out)")


@dataclass(frozen=True, slots=True)
class Request:
    """One thing to ask for. ``source`` is ``balance``, ``period``, ``counterparty`` or ``table``; ``weight`` orders the list."""

    case_id: str
    addressee: Text
    asks_for: Text
    reason: Text
    source: str
    weight: float = 0.0

    @property
    def request_id(self) -> str:
        """The same request has the same id in every refresh."""
        content = "\x1f".join((self.case_id, self.addressee.zh, self.asks_for.zh))
        return f"R{hashlib.sha256(content.encode()).hexdigest()[:12]}"


def requests(workspace: Workspace, least: float = LEAST) -> tuple[list[Request], list[Text]]:
    """What should be asked for, in the order gaps, periods, counterparties, tables; and what the list leaves out.

    Args:
        workspace: whose data are looked at.
        least: counterparties below this sum (yuan) are counted, not asked for.

    What is in ``evidence_requests`` already with the same words is left out and counted.
    """
    cases = _cases(workspace)
    found: list[Request] = []
    told: list[Text] = []
    if workspace.has("statement_lines"):
        holders = _holders(workspace)
        found += _gaps(workspace, cases, holders)
        found += _periods(workspace, cases, holders)
        wanted, below = _counterparties(workspace, cases, least)
        found += wanted
        if below:
            told.append(
                Text(
                    f"另有 {below} 个对方账户往来合计不足 {least:,.0f} 元，未列入。",
                    f"{below} more counterparty accounts moved less than {least:,.0f} yuan in all and are not listed.",
                )
            )
    found += _tables(workspace)
    asked = set()
    if workspace.has("evidence_requests"):
        asked = set(workspace.table("evidence_requests").select("asks_for").execute()["asks_for"])
    fresh = [item for item in found if not asked & {item.asks_for.zh, item.asks_for.en}]
    if len(fresh) < len(found):
        count = len(found) - len(fresh)
        told.append(Text(f"{count} 项已在补调清单中，未重复列出。", f"{count} are among the requests already."))
    return fresh, told


def as_table(found: list[Request], language: Language = "zh") -> pd.DataFrame:
    """The requests in exactly the columns of ``evidence_requests``, in one language."""
    columns = [column.name for column in TABLES["evidence_requests"].columns]
    rows = [
        {
            "request_id": item.request_id,
            "case_id": item.case_id,
            "addressee": item.addressee.get(language),
            "asks_for": item.asks_for.get(language),
            "reason": item.reason.get(language),
        }
        for item in found
    ]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def _cases(workspace: Workspace) -> dict[str, tuple[str, date | None, date | None]]:
    """Party -> its case and the period looked into (the first case by id where several)."""
    if not workspace.has("case_subjects"):
        return {}
    subjects = resolved(workspace, "case_subjects").select("case_id", "entity_id").execute()
    periods: dict[str, tuple[date | None, date | None]] = {}
    if workspace.has("cases"):
        rows = workspace.con.execute("SELECT case_id, period_start, period_end FROM cases").fetchall()
        periods = {case: (start, end) for case, start, end in rows}
    ordered = subjects.sort_values("case_id", ascending=False)
    return {
        party: (case, *periods.get(case, (None, None)))
        for party, case in zip(ordered["entity_id"], ordered["case_id"], strict=True)
    }


@dataclass(frozen=True, slots=True)
class _Account:
    institution: str
    holder: str
    name: str


def _holders(workspace: Workspace) -> dict[str, _Account]:
    """Account -> its bank, its holder's entity and name."""
    if not workspace.has("accounts"):
        return {}
    members = entities(workspace).select("entity_id", "name").execute()
    names = dict(zip(members["entity_id"], members["name"], strict=True))
    rows = resolved(workspace, "accounts").select("account_id", "institution", "holder_id", "holder_name").execute()
    rows = rows.astype(object).where(rows.notna(), None)
    return {
        row["account_id"]: _Account(
            row["institution"] or "", row["holder_id"] or "", names.get(row["holder_id"]) or row["holder_name"] or ""
        )
        for row in rows.to_dict("records")
    }


def _account(account: str, holders: dict[str, _Account]) -> tuple[Text, Text]:
    """To whom a request about an account goes, and how it is called."""
    known = holders.get(account, _Account("", "", ""))
    bank = Text(known.institution, known.institution) if known.institution else _BANK
    of = Text(f"账户 {account}（户名 {known.name}）", f"account {account} ({known.name})") if known.name else Text(
        f"账户 {account}", f"account {account}"
    )  # fmt: skip
    return bank, of


def _case_of(account: str, holders: dict[str, _Account], cases: dict[str, tuple[str, date | None, date | None]]) -> str:
    known = holders.get(account)
    return cases[known.holder][0] if known is not None and known.holder in cases else WHOLE


def _gaps(
    workspace: Workspace, cases: dict[str, tuple[str, date | None, date | None]], holders: dict[str, _Account]
) -> Iterator[Request]:
    """One request an account whose balances do not run on, with every gap."""
    found = chains(workspace)
    for (account, currency), rows in found.breaks.groupby(["account_id", "currency"], sort=True):
        bank, of = _account(str(account), holders)
        first, last = rows["from_time"].min().date(), rows["to_time"].max().date()
        gaps = rows[rows["kind"] == "missing"]
        off = sum((abs(value) for value in gaps["difference"]), start=0)
        zh = f"余额链 {len(rows)} 处不连续" + (
            f"，缺口金额绝对值合计 {off:,.2f} {currency}" if len(gaps) else "，疑似改动或重排"
        )
        en = f"the balance does not run on in {len(rows)} places" + (
            f", gaps of {off:,.2f} {currency} in all" if len(gaps) else ", altered or reordered"
        )
        asks = Text(
            f"{of.zh} {first} 至 {last} 的完整交易流水（{TABLES['statement_lines'].label.zh}）",
            f"complete statement of {of.en} from {first} to {last}",
        )
        yield Request(_case_of(str(account), holders, cases), bank, asks, Text(zh, en), "balance", float(off))
    for account in found.unchecked:
        bank, of = _account(account, holders)
        asks = Text(f"{of.zh}带每笔余额的完整交易流水", f"statement of {of.en} with the balance after each line")
        reason = Text(
            "流水未印余额，无法核对是否完整",
            "the statement prints no balances: whether it is complete cannot be checked",
        )
        yield Request(_case_of(account, holders, cases), bank, asks, reason, "balance")


def _periods(
    workspace: Workspace, cases: dict[str, tuple[str, date | None, date | None]], holders: dict[str, _Account]
) -> Iterator[Request]:
    """Accounts of a case's parties whose lines do not reach over the period looked into, or of which there are none."""
    rows = workspace.con.execute(
        "SELECT account_id, min(booked_at)::DATE, max(booked_at)::DATE FROM statement_lines GROUP BY 1 ORDER BY 1"
    ).fetchall()
    spans = {account: (first, last) for account, first, last in rows}
    complete = workspace.con.execute(
        "SELECT scope, min(period_start), max(period_end) FROM coverage WHERE \"table\" = 'statement_lines' AND is_complete GROUP BY 1"
    ).fetchall()
    declared = {scope or "": (start, end) for scope, start, end in complete}
    for account, known in sorted(holders.items()):
        if known.holder not in cases:
            continue
        case, start, end = cases[known.holder]
        bank, of = _account(account, holders)
        if account not in spans:
            period = Text(f" {start} 至 {end}", f" from {start} to {end}") if start and end else Text("", "")
            asks = Text(f"{of.zh}{period.zh}的完整交易流水", f"complete statement of {of.en}{period.en}")
            yield Request(
                case,
                bank,
                asks,
                Text("案件对象名下账户，流水未调取", "held by a party of the case; never obtained"),
                "period",
            )
            continue
        first, last = spans[account]
        covered_from, covered_to = declared.get(account) or declared.get("") or (first, last)
        first, last = min(first, covered_from), max(last, covered_to)
        missing = [(start, first)] if start and start < first else []
        missing += [(last, end)] if end and end > last else []
        for begin, stop in missing:
            asks = Text(
                f"{of.zh} {begin} 至 {stop} 的完整交易流水", f"complete statement of {of.en} from {begin} to {stop}"
            )
            reason = Text("现有流水未覆盖核查期间", "the lines at hand do not reach over the period looked into")
            yield Request(case, bank, asks, reason, "period")


def _counterparties(
    workspace: Workspace, cases: dict[str, tuple[str, date | None, date | None]], least: float
) -> tuple[list[Request], int]:
    """Accounts on the other side of the lines at hand of which no statement was obtained, the largest sums first."""
    rows = workspace.con.execute(
        """
        WITH own AS (SELECT DISTINCT account_id FROM statement_lines),
        other AS (
          SELECT counterparty_account AS account, max(counterparty_name) AS name, count(*) AS lines,
                 sum(amount) AS moved, min(booked_at)::DATE AS first, max(booked_at)::DATE AS last,
                 min(account_id) AS beside
          FROM statement_lines
          WHERE counterparty_account IS NOT NULL AND coalesce(state, 'booked') = 'booked' AND coalesce(currency, 'CNY') = 'CNY'
          GROUP BY 1
        )
        SELECT account, name, lines, moved, first, last, beside FROM other
        WHERE account NOT IN (SELECT account_id FROM own) ORDER BY moved DESC, account
        """
    ).fetchall()
    holders = _holders(workspace)
    found = []
    for account, name, lines, moved, first, last, beside in rows:
        if moved < least:
            continue
        bank, of = _account(account, holders)
        if not holders.get(account, _Account("", "", "")).name and name:
            of = Text(f"账户 {account}（户名 {name}）", f"account {account} ({name})")
        asks = Text(
            f"{of.zh} {first} 至 {last} 的开户资料和交易流水",
            f"opening papers and statement of {of.en} from {first} to {last}",
        )
        reason = Text(
            f"与在手账户往来 {lines} 笔、合计 {moved:,.2f} 元，对方流水未调取",
            f"{lines} lines of {moved:,.2f} yuan with accounts at hand; its own statement was never obtained",
        )
        found.append(Request(_case_of(beside, holders, cases), bank, asks, reason, "counterparty", float(moved)))
    return found, sum(1 for row in rows if row[3] < least)


def _tables(workspace: Workspace) -> Iterator[Request]:
    """One request for each table or column that questions lack, those first that most questions wait for."""
    waiting: dict[str, list[str]] = {}
    for indicator in sorted(INDICATORS.values(), key=lambda item: item.number):
        for lack in workspace.lacks(dict(indicator.needs)):
            waiting.setdefault(lack, []).append(indicator.id)
    for lack, slugs in sorted(waiting.items(), key=lambda item: (-len(item[1]), item[0])):
        table, _, name = lack.partition(".")
        column = next((c.label for c in TABLES[table].columns if c.name == name), None)
        label = TABLES[table].label
        what = Text(f"“{label.zh}”", f"“{label.en}”") if column is None else Text(
            f"“{label.zh}”中的“{column.zh}”", f"“{column.en}” of “{label.en}”"
        )  # fmt: skip
        titles = [INDICATORS[slug].title for slug in slugs]
        zh = "；".join(title.zh for title in titles[:3]) + (f" 等 {len(titles)} 项" if len(titles) > 3 else "")
        en = "; ".join(title.en for title in titles[:3]) + (f" and {len(titles) - 3} more" if len(titles) > 3 else "")
        reason = Text(f"缺少该资料，无法评估：{zh}", f"without it these cannot be assessed: {en}")
        yield Request(WHOLE, OFFICES.get(table, OTHER), what, reason, "table", len(slugs))
