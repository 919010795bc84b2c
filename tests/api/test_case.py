"""A case as an analyst opens it: who is in it, how they are connected, what they paid, and where each row stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cities import FEE, desk_of

from caselens.api import Desk, new_workspace, open_workspace
from caselens.core.errors import UsageError
from caselens.graph import Reach


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return desk_of(tmp_path_factory.mktemp("fee"), FEE)


def test_parties_have_the_role_they_play(desk: Desk) -> None:
    parties = desk.case("C1").parties.set_index("entity_id")
    assert parties["role"].to_dict() == {
        "O": "official",
        "K": "relative",
        "M": "intermediary",
        "S": "firm",
        "U": "government",
        "H": "firm",
    }
    assert parties.loc["O", "hop"] == 0
    assert parties.loc["O", "is_subject"]
    assert "X" not in parties.index  # a passer-by nobody is tied to


def test_graph_edges_lead_to_rows_that_exist(desk: Desk) -> None:
    case = desk.case("C1")
    payments = [data for _, _, data in case.graph.edges(data=True) if data["kind"] == "payments"]
    passed_on = next(data for data in payments if data["count"] == 2)
    # 1,000,000 + 780,000 between the same two accounts are one flow of 1.78 million.
    assert passed_on["amount"] == 1_780_000
    assert passed_on["rows"] == [("payments", "p2"), ("payments", "p3")]
    known = {table: set(desk.table(table).execute().iloc[:, 0]) for table in ("payments", "financings")}
    for _, _, data in case.graph.edges(data=True):
        for table, key in data["rows"]:
            assert table not in known or key in known[table]


def test_evidence_leads_to_file_and_row(desk: Desk) -> None:
    # Two indicators rest on the same payments: either's rows lead there.
    evidence = desk.case("C1").evidence().drop_duplicates(["table", "key"]).set_index(["table", "key"])
    row = evidence.loc[("payments", "p2")]
    assert (row["source_file"], row["source_row"]) == ("payments.csv", 3)  # heading is row 1, p1 row 2
    assert "1,000,000.00" in row["text_zh"]
    assert evidence["source_row"].notna().all()


def test_evidence_is_written_for_a_reader(tmp_path: Path) -> None:
    tables = {**FEE, "appointments": "person_id,org_id,post,start_date,is_head\nO,U,副局长,2014-01-01,true\n"}
    case = desk_of(tmp_path, tables).case("C1")
    texts = case.evidence().drop_duplicates("table").set_index("table")
    assert texts.loc["kinships", "text_zh"].endswith("关系 兄弟姐妹")  # the file says sibling
    assert texts.loc["appointments", "text_zh"].endswith("是否一把手 是；任职日期 2014-01-01")
    assert "yes" in texts.loc["appointments", "text_en"]
    # 1,780,000 of 2,500,000 passed on; the fence is shown with the value.
    detail = case.details().set_index("finding_id").loc[case.findings()["finding_id"].iloc[0]]
    assert (detail["value"], "0.5" in detail["fence"], '"min_ratio"' in detail["parameters"]) == (0.712, True, True)


def test_a_witness_is_in_the_picture_but_the_case_is_not_about_him(tmp_path: Path) -> None:
    tables = {
        **FEE,
        "case_subjects": "case_id,entity_id,role\nC1,O,subject\nC1,X,witness\nC1,K,subject\nC1,K,witness\n",
    }
    parties = desk_of(tmp_path, tables).case("C1").parties.set_index("entity_id")
    assert parties.loc["X", "hop"] == 0
    assert set(parties.index[parties["is_subject"].astype(bool)]) == {"O", "K"}


def test_payments_of_the_circle_carry_names_and_origin(desk: Desk) -> None:
    payments = desk.case("C1").payments()
    assert list(payments["payment_id"]) == ["p1", "p2", "p3", "p4"]
    first = payments.iloc[0]
    assert (first["payer_name"], first["payee_name"], first["amount"]) == (
        "云江城投有限公司",
        "恒信金服有限公司",
        2_500_000,
    )
    assert (first["source_file"], first["source_row"]) == ("payments.csv", 2)


def test_a_small_hub_rule_folds_what_only_money_ties(desk: Desk) -> None:
    extent = desk.case("C1").reopen(Reach(hops=2, hub_degree=0)).extent
    # With no tie allowed, the power company (only paid) is folded and told; the brother (kin) is shown as a hub.
    treated = extent.hubs.set_index("entity_id")["treated"].to_dict()
    assert treated["H"] == "folded"
    assert treated["K"] == "shown"
    assert "H" not in set(extent.parties["entity_id"])


def test_events_say_who_decided_on_whom(desk: Desk) -> None:
    events = desk.case("C1").events()
    assert [(row.kind, row.table, row.key) for row in events.itertuples()] == [
        ("handler", "financings", "L"),
        ("handler", "financings", "L"),
    ]  # once for the borrower, once for the lender


def test_unknown_case_names_those_there_are(desk: Desk) -> None:
    with pytest.raises(UsageError, match="C1"):
        desk.case("C9")


def test_a_workspace_without_cases_is_one_case(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, {name: text for name, text in FEE.items() if not name.startswith("case")})
    assert list(desk.cases()["case_id"]) == ["all"]
    case = desk.case("all")
    assert set(case.parties["entity_id"]) == {"O", "K", "X", "U", "S", "M", "H"}
    # The fee is passed on, and what the brother had was public money: two reasons of one lead.
    assert set(case.findings()["indicator"]) == {"flow-pass-through", "flow-commingled-trace"}
    assert len(case.leads()) == 1


def test_coverage_names_what_is_lacking(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, {"persons": FEE["persons"]})
    lacks = desk.coverage().set_index("indicator")["lacks"]
    assert lacks["flow-pass-through"] == "payments, accounts, appointments"
    states = desk.assessments().set_index("indicator")
    assert states.loc["flow-pass-through", "state"] == "not_assessable"
    assert "payments" in states.loc["flow-pass-through", "reason"]
    assert desk.findings().empty


def test_a_workspace_nobody_named_is_the_one_the_notebooks_were_opened_with(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASELENS_WORKSPACE", str(desk.workspace.folder.root))
    assert open_workspace("").workspace.folder.root == desk.workspace.folder.root
    with pytest.raises(UsageError):
        open_workspace(tmp_path / "none")  # a path that is given is meant
    monkeypatch.delenv("CASELENS_WORKSPACE")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    with pytest.raises(UsageError, match="demo"):
        open_workspace("")
    new_workspace(tmp_path / "data" / "demo", "演示")
    assert open_workspace("").title == "演示"


def test_an_unnamed_case_is_the_one_with_the_strongest_lead(desk: Desk, tmp_path: Path) -> None:
    other = {
        "cases": FEE["cases"] + "C0,旁案,2023-01-01,open\n",
        "case_subjects": FEE["case_subjects"] + "C0,X,subject\n",
    }
    opened = desk_of(tmp_path / "two", {**FEE, **other})
    assert opened.cases()["case_id"].iloc[0] == "C0"
    assert opened.case("").id == "C1"  # the one whose official the pass-through names
    calm = {name: text for name, text in (FEE | other).items() if name != "payments"}
    assert desk_of(tmp_path / "calm", calm).case("").id == "C0"  # no lead anywhere: the first


def test_the_quality_sections_speak_of_the_workspace(desk: Desk) -> None:
    assert f"读入 {desk.sources()['rows_in'].sum()} 行" in desk.quality.files("zh").text


def test_each_row_behind_the_picture_has_its_place(desk: Desk) -> None:
    picture = desk.case("C1").report.network("zh").html
    # Not only payments and the rows of findings: accounts and posts too. The heading is row 1.
    for place in (
        "appointments.csv › 第 2 行",
        "kinships.csv › 第 2 行",
        "accounts.csv › 第 2 行",
        "payments.csv › 第 3 行",
    ):
        assert place in picture


def test_a_bill_alone_is_a_picture_of_its_accounts(tmp_path: Path) -> None:
    bill = {
        "accounts": "account_id,holder_name\na,甲\nb,\n",
        "payments": "payment_id,paid_at,payer_account,payee_account,amount\np,2024-01-02,a,b,12.5\n",
    }
    case = desk_of(tmp_path, bill).case("all")
    assert dict(zip(case.parties["entity_id"], case.parties["role"], strict=True)) == {"a": "account", "b": "account"}
    assert [(start, end, data["amount"]) for start, end, data in case.graph.edges(data=True)] == [("a", "b", 12.5)]
    (paid,) = case.payments().to_dict("records")
    assert (paid["payer_name"], paid["payee_name"], paid["amount"]) == ("甲", "b", 12.5)


def test_a_workspace_without_anybody_is_an_empty_case(tmp_path: Path) -> None:
    tenders = {"tenders": "tender_id,buyer_id,method\nt,U,open\n"}
    case = desk_of(tmp_path, tenders).case("all")
    assert case.parties.empty and case.payments().empty and not case.graph.nodes
