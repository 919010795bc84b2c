"""Small invented cities for tests: tables as CSV text, read through the real intake."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from caselens.api import Desk, new_workspace

#: A loan of a state firm, arranged by a finance official; the fee of 2.5 million goes to a service firm, which passes
#: 1.78 million on to the official's brother. Invented throughout; the pattern is published (株洲, 2024).
FEE = {
    "persons": "person_id,name\nO,王某\nK,王小\nX,路人\n",
    "organizations": "org_id,name,kind\nU,云江区财政局,government\nS,云江城投有限公司,state_owned\nM,恒信金服有限公司,private\n"
    "H,云江供电公司,state_owned\n",
    "appointments": "person_id,org_id,post,start_date\nO,U,副局长,2014-01-01\n",
    "kinships": "person_id,relative_id,relation\nO,K,sibling\n",
    "financings": "financing_id,kind,borrower_id,lender_id,principal,annual_rate,start_date,handler_id\n"
    "L,loan,S,U,500000000,0.05,2016-03-01,O\n",
    "accounts": "account_id,holder_id\naS,S\naM,M\naK,K\naO,O\naX,X\naH,H\n",
    "payments": "payment_id,paid_at,payer_account,payee_account,amount,memo\n"
    "p1,2016-06-01,aS,aM,2500000,服务费\np2,2016-06-05,aM,aK,1000000,\np3,2016-06-11,aM,aK,780000,\n"
    "p4,2016-06-12,aO,aH,86.5,电费\n",
    "cases": "case_id,title,opened_on,status\nC1,云江区融资服务费,2023-03-01,open\n",
    "case_subjects": "case_id,entity_id,role\nC1,O,subject\n",
}


def desk_of(folder: Path, tables: Mapping[str, str]) -> Desk:
    """A workspace in ``folder`` with these tables, through files and intake."""
    files = folder / "files"
    files.mkdir(parents=True)
    for name, text in tables.items():
        (files / f"{name}.csv").write_text(text, encoding="utf-8")
    desk = new_workspace(folder / "workspace")
    taken = desk.intake(files)
    assert not taken.failed, [entry.refusal for entry in taken.entries]
    return desk
