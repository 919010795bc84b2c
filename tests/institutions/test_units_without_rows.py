"""A unit of which the tables say nothing has empty frames, not errors, beside a unit of which they say something."""

from __future__ import annotations

import pandas as pd
import pytest

from caselens.reports.unit import Unit
from caselens.reports.works import Works

TABLES = {
    "discipline_records": "record_id,person_id,org_id,filed_on\n1,ANN,ZONE,2023-01-10\n",
    "appointments": "person_id,org_id,post,is_head,start_date\nANN,ZONE,主任,true,2018-01-01\n",
    "contracts": "contract_id,project_id,buyer_id,supplier_id,amount,signed_on,handler_id\n"
    "C1,P1,ZONE,FIRM,100,2020-01-01,ANN\n",
    "approvals": "approval_id,object_table,object_id,step,person_id,org_id,opinion,decided_at\n"
    "1,contracts,C1,head,FEN,ZONE,approve,2020-01-01\n",
    "review_votes": "meeting_id,item_id,org_id,member_id,vote,voted_on,item_outcome\n"
    "M,P1,ZONE,ANN,for,2019-01-01,passed\n",
    "applications": "application_id,applicant_id,authority_id,kind,submitted_on\nA,FIRM,ZONE,audit,2024-01-01\n",
    "financings": "financing_id,borrower_id,lender_id,principal,annual_rate,start_date,maturity_date,loss_amount\n"
    "F,ZONE,BANK,100,0.05,2023-01-01,2025-01-01,0\n",
    "financial_statements": "org_id,period_end,total_assets,total_liabilities,cash,short_term_debt\n"
    "ZONE,2023-12-31,100,50,10,5\n",
    "asset_disposals": "disposal_id,seller_id,book_value,price,buyer_id,disposed_on\nD,ZONE,100,90,FIRM,2023-01-01\n",
    "benefit_payouts": "payout_id,scheme,beneficiary_id,via_id,amount,paid_on\nB,work_injury,WEI,ZONE,10,2023-03-01\n",
    "accounts": "account_id,holder_id\nM,MILL\nZ,ZONE\n",
    "payments": "payment_id,paid_at,payer_account,payee_account,amount,memo\n1,2023-01-01,M,Z,50,协调费\n",
    "rectifications": "problem_id,unit_id,category,found_on,due_on\nR,ZONE,资金支付,2024-01-01,2024-03-31\n",
    "risk_points": "risk_id,unit_id,post,category,measure\n1,ZONE,主任,资金支付,复核\n",
    "projects": "project_id,name,owner_id,lifecycle,estimate\nP1,路,ZONE,engineering,1000\n",
    "project_events": "event_id,project_id,stage,happened_on\n1,P1,initiation,2019-01-01\n",
}
#: What one case, one official or a vote for nothing leave empty for the unit too.
MAY_BE_EMPTY = {"common_suppliers", "common_approvers", "doubtful_votes", "losses"}
EVERY = [(kind, name) for kind in (Unit, Works) for name in kind.frames()]


@pytest.fixture(scope="module")
def workspace(town):
    return town(TABLES)


@pytest.mark.parametrize(("kind", "name"), EVERY, ids=[name for _, name in EVERY])
def test_a_unit_without_rows_has_an_empty_frame_of_the_same_columns(workspace, kind, name):
    full, empty = kind(workspace, "ZONE").frame(name), kind(workspace, "BANK").frame(name)
    assert isinstance(empty, pd.DataFrame) and empty.empty and list(empty.columns) == list(full.columns)
    assert len(full) or name in MAY_BE_EMPTY
    assert len(kind(workspace).frame(name)) == len(full), "all units together are this one"
