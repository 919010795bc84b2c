"""What a cluster is called, who is in it, and why it is shown."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from .index import MoneyIndex
from .patterns import NAMES, Patterns
from .recognition import TOO_SMALL, recognise

_NAMED = 3  # parties in a name; all are in the list
_LARGEST_SHAPE = 5_000  # payments; a larger group keeps the name of its strongest pattern

_WHY = {
    "fan-in": (
        "{accounts} 个账户之间 {payments} 笔,集中转入 {hub}",
        "{payments} payments among {accounts} accounts run into {hub}",
    ),
    "fan-out": (
        "{accounts} 个账户之间 {payments} 笔,由 {hub} 分散转出",
        "{payments} payments among {accounts} accounts run out of {hub}",
    ),
    "cycle": (
        "{payments} 笔首尾相接,经 {accounts} 个账户回到起点",
        "{payments} payments join up in a ring of {accounts} accounts",
    ),
    "round-trip": ("{payments} 笔一来一回", "{payments} payments there and back"),
    "gather-scatter": (
        "先集中到 {hub},再分散转出,共 {payments} 笔",
        "gathered at {hub} and scattered again, {payments} payments",
    ),
    "scatter-gather": (
        "由 {hub} 分散,经多个账户再集中,共 {payments} 笔",
        "scattered from {hub} and gathered again, {payments} payments",
    ),
    "pass-through": (
        "{hub} 收款后短期内按相近金额转出,共 {payments} 笔",
        "{hub} passes on nearly what it gets, {payments} payments",
    ),
}
_OTHER = ("{accounts} 个账户之间 {payments} 笔", "{payments} payments among {accounts} accounts")
_CHANCE = (
    ";金额合计 {amount};类似结构偶然出现的期望个数约为 {expected:.1g}",
    "; {amount} in all; chance would bring about {expected:.1g} such pattern(s) into these payments",
)


def describe(
    index: MoneyIndex,
    members: pd.DataFrame,
    patterns: Patterns,
    holders: Mapping[str, str],
    anomaly: pd.Series,
    stability: pd.Series,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The cluster table and the members, numbered by rank: strongest first, then most unusual, then largest."""
    ids = index.accounts["account_id"].to_numpy(object)
    rows = [
        _one(int(group), part, patterns, ids, holders, anomaly, float(stability.get(group, 0.0)))
        for group, part in members.groupby("group")
    ]
    table = pd.DataFrame(rows, columns=_COLUMNS)
    table = table.sort_values(["strength", "anomaly", "amount"], ascending=False, kind="stable", ignore_index=True)
    number = pd.Series(np.arange(len(table)), index=table.pop("group").to_numpy())
    table.insert(0, "cluster", np.arange(len(table)))
    listed = members.drop_duplicates(["group", "row"])
    listed = pd.DataFrame(
        {
            "cluster": number.reindex(listed["group"]).to_numpy(np.int64) if len(listed) else np.empty(0, np.int64),
            "row": listed["row"].to_numpy(np.int64),
            "payer_account": ids[listed["payer"].to_numpy(np.int64)],
            "payee_account": ids[listed["payee"].to_numpy(np.int64)],
            "paid_at": pd.to_datetime(listed["time"].to_numpy(np.int64), unit="s"),
            "amount": listed["amount_fen"].to_numpy(np.float64) / 100,
        }
    )
    return table, listed.sort_values(["cluster", "paid_at", "row"], ignore_index=True)


_COLUMNS = [
    "group", "typology", "name_zh", "name_en", "parties", "accounts", "payments", "amount", "begins", "ends", "strength",
    "anomaly", "stability", "why_zh", "why_en",
]  # fmt: skip


def _one(
    group: int,
    part: pd.DataFrame,
    patterns: Patterns,
    ids: np.ndarray,
    holders: Mapping[str, str],
    anomaly: pd.Series,
    stability: float,
) -> tuple[object, ...]:
    once = part.drop_duplicates("row")
    typology, strength, subject = _typology(part, once, patterns)
    moved = pd.concat([once.groupby(side)["amount_fen"].sum() for side in ("payer", "payee")]).groupby(level=0).sum()
    moved = moved.sort_values(ascending=False, kind="stable")
    parties = list(dict.fromkeys(holders.get(ids[account], ids[account]) for account in moved.index))
    hub = ids[subject if subject >= 0 else int(moved.index[0])]
    hub = holders.get(hub, hub)
    amount = float(once["amount_fen"].sum()) / 100
    begins, ends = (pd.Timestamp(int(value), unit="s") for value in (once["time"].min(), once["time"].max()))
    period = f"{begins:%Y-%m-%d}" + (f" – {ends:%Y-%m-%d}" if f"{ends:%Y-%m-%d}" != f"{begins:%Y-%m-%d}" else "")
    values = {
        "accounts": len(moved),
        "payments": len(once),
        "hub": hub,
        "amount": f"{amount:,.2f}",
        "expected": 10.0 ** -min(strength, 300.0),
    }
    words = []
    for at, language in enumerate(("zh", "en")):
        sentence = _WHY.get(typology, _OTHER)[at] + (_CHANCE[at] if strength > 0 else ("。", ".")[at])
        name = NAMES[typology].get("zh" if language == "zh" else "en") if typology in NAMES else _UNNAMED[at]
        shown = ("、" if at == 0 else ", ").join(str(p) for p in parties[:_NAMED])
        more = (f"等 {len(parties)} 方", f" and {len(parties) - _NAMED} more")[at] if len(parties) > _NAMED else ""
        words.append((f"{name}:{shown}{more},{amount:,.2f},{period}" if at == 0 else f"{name}: {shown}{more}; {amount:,.2f}; {period}",
                      sentence.format(**values)))  # fmt: skip
    unusual = float(anomaly.reindex(moved.index).mean())
    return (
        group, typology, words[0][0], words[1][0], parties, len(moved), len(once), amount, begins, ends, strength,
        unusual, stability, words[0][1], words[1][1],
    )  # fmt: skip


_UNNAMED = ("资金往来", "payments")


def _typology(part: pd.DataFrame, once: pd.DataFrame, patterns: Patterns) -> tuple[str, float, int]:
    """Typology, strength and subject (code, -1 unknown): one pattern gives its own; several, the shape of the whole."""
    numbers = [int(n) for n in part["pattern"].unique() if n >= 0]
    strongest = patterns.table.loc[numbers].sort_values("strength", ascending=False).iloc[:1]
    if len(numbers) == 1 or len(once) > _LARGEST_SHAPE:
        if len(strongest):
            row = strongest.iloc[0]
            return str(row["typology"]), float(row["strength"]), int(row["account"])
        return "", 0.0, -1
    shape = recognise(
        pd.DataFrame(
            {
                "payer_account": once["payer"],
                "payee_account": once["payee"],
                "paid_at": pd.to_datetime(once["time"], unit="s"),
            }
        )
    )
    strength = float(strongest["strength"].iloc[0]) if len(strongest) else 0.0
    if shape.label == TOO_SMALL or shape.scores[shape.label] < 0.5:
        return (str(strongest["typology"].iloc[0]) if len(strongest) else ""), strength, -1
    return shape.label, strength, -1
