"""Accounts that everybody pays: a declared policy, and a result that says what was treated how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ..core.errors import UsageError
from ..core.text import Text
from ._kernels_hubs import counterparties
from .index import MoneyIndex


@dataclass(frozen=True)
class HubPolicy:
    """Which accounts are hubs (settlement, tax office, utilities, platforms), and what a kernel does with them.

    Nothing is cut in silence: every result that used a policy carries the :class:`Hubs` it led to.

    Attributes:
        degree: an account with at least this many distinct counterparties on one side is a hub; ``None``: no account
            is one by degree. A person rarely has a thousand payers; a tax office has all of them.
        kinds: an account of one of these kinds (as the caller names them, see :meth:`apply`) is a hub at any degree.
        treatment: ``leave_out``: money does not pass through a hub (it may still begin or end there);
            ``keep``: hubs are named in the result and treated like any account: the exact answer.
    """

    degree: int | None = 1000
    kinds: tuple[str, ...] = ("settlement", "tax", "utility", "platform", "treasury")
    treatment: Literal["leave_out", "keep"] = "leave_out"

    def __post_init__(self) -> None:
        if self.degree is not None and self.degree < 2:
            raise UsageError(f"HubPolicy.degree must be at least 2 counterparties, or None; got {self.degree}.")
        if self.treatment not in ("leave_out", "keep"):
            raise UsageError(f"HubPolicy.treatment must be 'leave_out' or 'keep', got {self.treatment!r}.")

    def apply(self, index: MoneyIndex, kinds: Mapping[str, str] | None = None) -> Hubs:
        """Find the hubs of ``index``.

        Args:
            index: the payments.
            kinds: ``{account_id: kind}`` where it is known. Accounts without a kind are judged by degree only.

        Complexity: only accounts with at least ``degree`` payments on one side are counted out.
        """
        found: list[tuple[int, str, str, int, int]] = []
        payers = _degrees(index.in_.offsets, index.in_.counterpart, self.degree)
        payees = _degrees(index.out.offsets, index.out.counterpart, self.degree)
        for code in sorted(payers.keys() | payees.keys()):
            found.append((code, "degree", "", payers.get(code, 0), payees.get(code, 0)))
        if kinds and self.kinds:
            named = index.accounts["account_id"].map({a: k for a, k in kinds.items() if k in self.kinds})
            for at in np.flatnonzero(named.notna().to_numpy()).tolist():
                found.append((at, "kind", str(named.iloc[at]), payers.get(at, 0), payees.get(at, 0)))
        table = pd.DataFrame(found, columns=["account", "reason", "kind", "payers", "payees"])
        return Hubs(self, table.astype({"account": np.int32, "payers": np.int64, "payees": np.int64}), index.n_accounts)


@dataclass(frozen=True)
class Hubs:
    """The hubs that a policy found.

    Attributes:
        policy: the policy.
        table: ``account`` (code), ``reason`` (``degree`` or ``kind``), ``kind``, ``payers``, ``payees`` (distinct
            counterparties where the degree was reached, else 0). An account can have two rows, one a reason.
    """

    policy: HubPolicy
    table: pd.DataFrame
    n_accounts: int

    @property
    def blocked(self) -> np.ndarray:
        """For every account (bool): may money *not* pass through it? All false where the policy keeps hubs."""
        mask = np.zeros(self.n_accounts, np.bool_)
        if self.policy.treatment == "leave_out":
            mask[self.table["account"].to_numpy()] = True
        return mask

    @property
    def told(self) -> Text:
        """The sentence for the result."""
        number = int(self.table["account"].nunique())
        if not number:
            return Text("没有账户被认定为枢纽账户。", "No account counts as a hub.")
        if self.policy.treatment == "keep":
            return Text(
                f"{number} 个枢纽账户与其他账户同等对待，已列出。",
                f"{number} hub account(s) are listed and treated like any other.",
            )
        return Text(
            f"{number} 个枢纽账户不作为中间账户(仍可作为起点或终点),已列出；需要完整答案时可要求保留。",
            f"{number} hub account(s) are listed and not used as intermediaries (they may still begin or end a flow); "
            "ask for treatment='keep' for the full answer.",
        )


def resolve_hubs(index: MoneyIndex, hubs: HubPolicy | Hubs | None) -> Hubs:
    """The hubs to use: as given, found by a policy, or none at all (``None``: no account is a hub)."""
    if isinstance(hubs, Hubs):
        return hubs
    return (hubs or HubPolicy(degree=None, kinds=())).apply(index)


def _degrees(offsets: np.ndarray, counterpart: np.ndarray, degree: int | None) -> dict[int, int]:
    if degree is None:
        return {}
    busy = np.flatnonzero(np.diff(offsets) >= degree)
    counts = counterparties(offsets, counterpart, busy)
    return {int(code): int(n) for code, n in zip(busy, counts, strict=True) if n >= degree}
