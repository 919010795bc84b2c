"""A small invented case in the shape of the façade's, with names that try to become markup."""

from __future__ import annotations

import datetime
import json
from types import SimpleNamespace

import networkx as nx
import pandas as pd
import pytest

from caselens.core.text import Text

#: A name that would act if any part of the page took it for markup, an attribute, a script or an entity.
HOSTILE = "</script><script>window.hit=1</script><img src=x onerror=window.hit=1>\"'&lt;b&gt;"


class InventedCase:
    """An official, his wife, a consultancy that passes money on, and a firm with a hostile name."""

    id = "case-07"
    title = "城南路网项目"

    def __init__(self) -> None:
        rows = [
            ("o1", "person", "顾明远", "official", 0, True),
            ("r1", "person", "沈若兰", "relative", 1, False),
            ("i1", "organization", "启衡咨询中心", "intermediary", 1, False),
            ("f1", "organization", "云岭金桥建设有限公司", "firm", 2, False),
            ("f2", "organization", HOSTILE, "firm", 2, False),
            ("g1", "organization", "云岭市住建局", "government", 1, False),
        ]
        columns = ["entity_id", "kind", "name", "role", "hop", "is_subject"]
        self.parties = pd.DataFrame(rows, columns=columns)

    @property
    def graph(self) -> nx.MultiDiGraph:
        graph = nx.MultiDiGraph()
        for row in self.parties.itertuples():
            graph.add_node(row.entity_id, kind=row.role, label=row.name, subject=row.is_subject)
        day = datetime.date
        graph.add_edge("r1", "o1", kind="kinships", label=Text("配偶", "spouse"), rows=[("kinships", "o1|r1")])
        graph.add_edge(
            "o1", "g1", kind="appointments", label=Text("任局长", "director"), start=day(2019, 3, 1), end=None
        )
        graph.add_edge("g1", "f1", kind="tenders", label=Text("发包", "contracts out to"), rows=[("tenders", "t1")])
        for row in self.payments().itertuples():
            graph.add_edge(
                row.payer,
                row.payee,
                kind="payments",
                label=Text("资金往来", "payment"),
                amount=float(row.amount),
                start=row.paid_at.date(),
                end=row.paid_at.date(),
                count=1,
                rows=[("payments", row.payment_id)],
            )
        return graph

    def payments(self) -> pd.DataFrame:
        names = dict(zip(self.parties["entity_id"], self.parties["name"], strict=True))
        rows = [
            ("p1", "2021-05-06 10:00:00", "f1", "i1", 2_500_000.00, "咨询费", 2),
            ("p2", "2021-05-20 09:30:00", "i1", "r1", 1_000_000.00, "", 3),
            ("p3", "2021-06-02 15:10:00", "i1", "r1", 780_000.00, HOSTILE, 4),
            ("p4", "2021-07-01 08:00:00", "f2", "i1", 30_000.00, "", 5),
        ]
        return pd.DataFrame(
            [
                {
                    "payment_id": key,
                    "paid_at": pd.Timestamp(when),
                    "payer_account": f"6222-{payer}",
                    "payee_account": f"6222-{payee}",
                    "payer": payer,
                    "payee": payee,
                    "payer_name": names[payer],
                    "payee_name": names[payee],
                    "amount": amount,
                    "currency": "CNY",
                    "channel": "transfer",
                    "memo": memo,
                    "source_file": "银行/流水.xlsx",
                    "source_sheet": "明细",
                    "source_row": row,
                }
                for key, when, payer, payee, amount, memo, row in rows
            ]
        )

    def tenders(self) -> pd.DataFrame:
        return pd.DataFrame(
            [
                {
                    "tender_id": "t1",
                    "title": "城南路网一期 " + HOSTILE,
                    "buyer_id": "g1",
                    "method": "open",
                    "budget": 624_000_000,
                }
            ]
        )

    def events(self) -> pd.DataFrame:
        return pd.DataFrame(
            [
                {
                    "when": pd.Timestamp("2021-04-30"),
                    "kind": "approver",
                    "label": "顾明远 → 云岭金桥建设有限公司",
                    "parties": ["o1", "f1"],
                    "table": "approvals",
                    "key": "a1",
                }
            ]
        )

    def findings(self) -> pd.DataFrame:
        common = {
            "evidence_hash": "e0",
            "case_id": self.id,
            "q_value": None,
            "period_start": datetime.date(2021, 5, 6),
            "period_end": datetime.date(2021, 6, 2),
            "evidence": "[]",
            "first_seen": datetime.date(2021, 12, 31),
            "last_seen": datetime.date(2021, 12, 31),
            "title_zh": "资金过手",
            "title_en": "Money passed on",
        }
        accused = [{"id": "o1", "role": "official"}, {"id": "i1", "role": "intermediary"}]
        account = json.dumps([{"table": "accounts", "id": "6222-i1"}])
        return pd.DataFrame(
            [
                {
                    **common,
                    "finding_id": "fa",
                    "indicator": "flow-pass-through",
                    "kind": "link",
                    "severity": "red",
                    "subjects": json.dumps([*accused, {"id": "f1", "role": "peer"}]),
                    "objects": account,
                    "score": 0.81,
                    "p_value": None,
                    "amount": 1_780_000.0,
                    "summary_zh": f"启衡咨询中心收到 250万元，71.2% 转给沈若兰。{HOSTILE}",
                    "summary_en": f"The consultancy received CNY 2,500,000 and passed 71.2% on. {HOSTILE}",
                    "change": "new",
                    "status": "new",
                },
                {
                    **common,
                    "finding_id": "fb",
                    "indicator": "flow-drip",
                    "kind": "statistical",
                    "severity": "yellow",
                    "subjects": json.dumps(accused),
                    "objects": account,
                    "score": 0.40,
                    "p_value": 0.004,
                    "amount": 30_000.0,
                    "summary_zh": "多笔小额。",
                    "summary_en": "Many small sums.",
                    "change": "same",
                    "status": "open",
                },
                {
                    **common,
                    "finding_id": "fc",
                    "indicator": "flow-drip",
                    "kind": "link",
                    "severity": "note",
                    "subjects": json.dumps([{"id": "f2", "role": "firm"}]),
                    "objects": "[]",
                    "score": 0.2,
                    "p_value": None,
                    "amount": None,
                    "summary_zh": "已澄清的事项。",
                    "summary_en": "A matter cleared.",
                    "change": "same",
                    "status": "cleared",
                },
            ]
        )

    def evidence(self) -> pd.DataFrame:
        payments = InventedCase.payments(self)
        return pd.DataFrame(
            {
                "finding_id": ["fa", "fa", "fa", "fb"],
                "table": "payments",
                "key": ["p1", "p2", "p3", "p4"],
                "role": ["inflow", "passed_on", "passed_on", "credit"],
                "source_file": payments["source_file"],
                "source_sheet": payments["source_sheet"],
                "source_row": payments["source_row"],
                "text_zh": ["2,500,000.00 咨询费", "1,000,000.00", "780,000.00 " + HOSTILE, "30,000.00"],
            }
        ).assign(text_en=lambda rows: rows["text_zh"])

    def counters(self) -> pd.DataFrame:
        return pd.DataFrame([{"finding_id": "fa", "innocent": "subcontract", "state": "not_testable", "note": HOSTILE}])

    def assessments(self) -> pd.DataFrame:
        titles = {
            "flow-pass-through": ("资金过手", "Money passed on"),
            "flow-drip": ("小额多次", "Many small sums"),
            "rel-nominee-regulated": ("亲属持股", "A relative's stake"),
        }
        rows = [
            ("flow-pass-through", "o1", "顾明远", "hit", ""),
            ("flow-drip", "o1", "顾明远", "hit", ""),
            ("flow-drip", "r1", "沈若兰", "not_assessable", "coverage"),
            ("rel-nominee-regulated", "", None, "not_assessable", "lacks kinships.relation, licences"),
        ]
        return pd.DataFrame(
            [
                {
                    "indicator": slug,
                    "title_zh": titles[slug][0],
                    "title_en": titles[slug][1],
                    "subject_id": subject,
                    "subject_name": name,
                    "state": state,
                    "reason": reason,
                }
                for slug, subject, name, state, reason in rows
            ]
        )

    def indicator(self, slug: str) -> SimpleNamespace:
        explanation = SimpleNamespace(
            id="subcontract",
            text=Text("确有分包合同。", "A genuine subcontract."),
            test=Text("查合同和验收单。", "Contract and acceptance."),
        )
        return SimpleNamespace(
            question=Text(f"{slug}：收到的钱是否大部分转给了关联人？", f"{slug}: is most of the money passed on?"),
            innocent=(explanation,),
            next_steps=(Text("调取合同、发票。", "Obtain contract and invoices."),),
            references=(SimpleNamespace(text="株洲, 2024", url="https://example.org/source"),),
        )


@pytest.fixture
def case() -> InventedCase:
    return InventedCase()


@pytest.fixture
def hostile() -> str:
    return HOSTILE
