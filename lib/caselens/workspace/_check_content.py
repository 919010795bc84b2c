"""What the rows themselves contradict: balances that do not run on, identifying numbers that are none."""

from __future__ import annotations

from collections.abc import Iterator

from caselens.workspace._check_files import Finding
from caselens.workspace._workspace import Workspace
from caselens.workspace.balances import chains
from caselens.workspace.numbers import (
    birth_date_of,
    mistaken_bank_card,
    normal_identity_number,
    valid_credit_code,
)
from caselens.workspace.validate import quote

_PLACE = "min_by(source_file, source_row), min(source_row)"
_BREAKS = {
    "missing": ("缺少流水或金额被改动,差额合计", "lines are missing or amounts altered, differences adding up to"),
    "balance": (
        "单行余额与前后均不符,余额误印或被改动",
        "single balances fit neither neighbour: misprinted or altered",
    ),
    "order": ("流水顺序与余额不符,疑似被重新排列", "lines stand in another order than their balances"),
}


def balance_findings(workspace: Workspace) -> Iterator[Finding]:
    """Each account whose balances do not run on, by kind of break; and how many accounts could not be checked."""
    if not workspace.has("statement_lines", "balance_after"):
        return
    found = chains(workspace)
    for (account, currency, kind), rows in found.breaks.groupby(["account_id", "currency", "kind"], sort=True):
        zh, en = _BREAKS[kind]
        off = sum(rows["difference"])
        first = rows.iloc[0]
        sums = (f" {off:,.2f} {currency}", f" {off:,.2f} {currency}") if kind == "missing" else ("", "")
        where = f"{first['from_time']} – {first['to_time']}"
        zh = f"账户 {str(account)[:40]} 余额链有 {len(rows)} 处断开:{zh}{sums[0]};首处 {where}"
        en = f"account {str(account)[:40]}: the balance does not run on in {len(rows)} places: {en}{sums[1]}; first {where}"
        row = int(first["source_row"])
        yield Finding(
            "warning",
            f"balance_{kind}",
            "statement_lines",
            "balance_after",
            len(rows),
            zh,
            en,
            first["source_file"],
            row,
        )
    if found.unchecked:
        count = len(found.unchecked)
        zh = f"{count} 个账户的流水未印余额(或仅一处),余额链无法核对,例:{found.unchecked[0][:40]}"
        en = f"{count} accounts print no balances (or one): their chain cannot be checked, e.g. {found.unchecked[0][:40]}"
        yield Finding("info", "balance_unchecked", "statement_lines", "balance_after", count, zh, en)


def number_findings(workspace: Workspace) -> Iterator[Finding]:
    """Identifying numbers that are not valid: they join nobody; numbers that contradict the printed day of birth."""
    if workspace.has("persons", "id_number"):
        number = normal_identity_number("upper(regexp_replace(id_number, '[\\s-]', '', 'g'))")
        yield from _invalid(
            workspace, "persons", "id_number", f"({number}) IS NULL", "公民身份号码", "resident identity numbers"
        )
        if workspace.has("persons", "birth_date"):
            born = birth_date_of(f"({number})")
            wrong = f"({number}) IS NOT NULL AND birth_date IS NOT NULL AND CAST(birth_date AS VARCHAR) <> {born}"
            count, file, row = workspace.con.execute(
                f"SELECT count(*), {_PLACE} FROM persons WHERE {wrong}"
            ).fetchall()[0]
            if count:
                zh = f"{count} 人的出生日期与公民身份号码不符,该号码不单独用于归并"
                en = f"{count} birth dates contradict the identity number, which does not join by itself then"
                yield Finding("warning", "contradicting_number", "persons", "birth_date", count, zh, en, file, row)
    if workspace.has("organizations", "uscc"):
        valid = valid_credit_code("upper(regexp_replace(uscc, '[\\s-]', '', 'g'))")
        yield from _invalid(workspace, "organizations", "uscc", f"NOT ({valid})", "统一社会信用代码", "credit codes")
    if workspace.has("accounts"):
        wrong = mistaken_bank_card("regexp_replace(account_id, '[\\s-]', '', 'g')")
        yield from _invalid(workspace, "accounts", "account_id", wrong, "银行卡号", "bank card numbers")


def _invalid(
    workspace: Workspace, table: str, column: str, wrong: str, zh_name: str, en_name: str
) -> Iterator[Finding]:
    query = (
        f"SELECT count(*), {_PLACE} FROM {quote(table)} WHERE nullif(trim({quote(column)}), '') IS NOT NULL AND {wrong}"
    )
    count, file, row = workspace.con.execute(query).fetchall()[0]
    if count:
        zh = f"{count} 个{zh_name}格式或校验码不正确,不用于归并"
        en = f"{count} {en_name} have a wrong form or check character; they join nobody"
        yield Finding("warning", "invalid_number", table, column, count, zh, en, file, row)
