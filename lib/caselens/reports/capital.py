"""Money of a unit: what financing costs, the debt lines and ladder, disposals, benefits and charges, each a section."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from caselens import institutions
from caselens.core.text import Language, Text
from caselens.reports._institution import Institution, Shown
from caselens.views import Fragment
from caselens.views import institutions as pictures

_COSTS = Shown(
    Text("融资综合成本", "All-in cost of financing"),
    (
        "borrower",
        "financing_id",
        "kind",
        "lender",
        "principal",
        "start_date",
        "maturity_date",
        "rate",
        "fees",
        "simple",
        "irr",
        "over_line",
    ),
    "financings",
    Text(
        "费用计入全期；单利与内部收益率并列，任一超过红线即提示。",
        "All fees of the term are in it; simple cost and internal rate stand side by side; either can cross the line.",
    ),
    codes={"kind": ("financings", "kind")},
)
_LINES = Shown(
    Text("偿债红黄线", "Debt lines"),
    ("unit", "period_end", "ratio", "yellow", "red", "ratio_line", "cash", "short", "cover", "cash_line"),
    "financial_statements",
    Text(
        "黄线、红线取同行业同年均值加点，参数见指标“融资成本与偿债红线”，适用前须确认。",
        "The lines are the mean of the industry and year plus points; the parameters of fin-cost-and-debt are to be "
        "confirmed before use.",
    ),
)
_LADDER = Shown(
    Text("12、6、1 个月到期债务", "Debts due in 12, 6 and 1 months"),
    ("borrower", "months", "due", "financings", "cash", "cover"),
    "financings",
    Text(
        "每档含更短的档；分期还款的按到期日计全部本金，因此偏高。",
        "A step includes the shorter ones; repayments by instalment count whole at maturity, which overstates them.",
    ),
    draw=pictures.debt_ladder,
)
_DUE = Shown(
    Text("到期明细", "What falls due"),
    ("borrower", "financing_id", "kind", "lender", "principal", "maturity_date", "days", "step"),
    "financings",
    codes={"kind": ("financings", "kind")},
)
_DISPOSALS = Shown(
    Text("资产处置", "Disposals"),
    (
        "seller",
        "description",
        "method",
        "disposed_on",
        "book_value",
        "appraised_value",
        "price",
        "to_book",
        "to_appraisal",
        "bidder_count",
        "buyer",
        "approval_no",
    ),
    "asset_disposals",
    Text("出租的租金不与资产价值相比。", "The rent of a lease is not compared with the value of the asset."),
    codes={"method": ("asset_disposals", "method")},
)
_BENEFITS = Shown(
    Text("工伤待遇代领与转付", "Work-injury benefits received by employers"),
    ("via", "beneficiary", "paid_on", "amount", "proven", "due", "received", "later", "kept", "state"),
    "benefit_payouts",
    Text(
        "现金转付须有收据；账户资料未声明完整的，不能认定未转付。",
        "Cash passed on needs a receipt; where the worker's accounts are not declared complete, nothing can be said.",
    ),
)
_CHARGES = Shown(
    Text("企业向公共机构的付款与收费依据", "What firms paid to public bodies, and the basis"),
    ("unit", "memo", "basis", "firms", "payments", "amount", "first_on", "last_on"),
    "payments",
    Text(
        "“属公布项目”按附言中的税、社保等字样判断；应以当地公布的收费清单替换。",
        "“Listed” goes by words such as tax in the memo; put the published list of the place in their stead.",
    ),
)


@dataclass(frozen=True)
class Capital(Institution):
    """What a unit owes, sells, passes on and charges."""

    FRAMES: ClassVar[Mapping[str, Callable[..., pd.DataFrame]]] = {
        "financing_costs": institutions.financing_costs,
        "debt_lines": institutions.debt_lines,
        "debt_ladder": institutions.debt_ladder,
        "due_list": institutions.due_list,
        "disposals": institutions.disposals,
        "benefits_withheld": institutions.benefits_withheld,
        "charges": institutions.charges,
    }

    def costs(self, language: Language) -> Fragment:
        """All-in cost of every financing, the dearest first."""
        return self._show("financing_costs", _COSTS, language)

    def debts(self, language: Language, as_of: str = "") -> Fragment:
        """The latest statements against the lines, then what falls due within 12, 6 and 1 months of ``as_of``."""
        parts = [
            self._show("debt_lines", _LINES, language),
            self._show("debt_ladder", _LADDER, language, as_of=as_of),
            self._show("due_list", _DUE, language, as_of=as_of),
        ]
        return Fragment.join(parts, language)

    def disposals(self, language: Language) -> Fragment:
        """Disposals, those farthest under their appraisal or book value first."""
        return self._show("disposals", _DISPOSALS, language)

    def benefits(self, language: Language) -> Fragment:
        """Work-injury benefits that an employer received, and what of them reached the worker."""
        return self._show("benefits_withheld", _BENEFITS, language)

    def charges(self, language: Language) -> Fragment:
        """What firms paid to public bodies without a listed basis, then the rest."""
        return self._show("charges", _CHARGES, language)
