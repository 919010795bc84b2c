"""The data contract as others rely on it: written down by hand once more, so that a rename or a lost mark is seen.

Readers, saved workspaces and the exports of other offices name these tables and columns; changing one is a breaking
change and has to be made here too, on purpose.
"""

from caselens.tables import TABLES

#: Table: its columns in order; ``*`` marks a required one.
COLUMNS = """
persons: person_id* name* id_number birth_date phone address
organizations:
    org_id* name* uscc kind parent_org_id region industry established_on registered_capital headcount status
    phone email address
appointments: person_id* org_id* post* rank remit is_head is_leadership start_date* end_date
kinships: person_id* relative_id* relation* start_date end_date
ownerships: org_id* holder_id* share paid_in paid_on start_date end_date
directorships: org_id* person_id* role* start_date end_date
oversight: authority_id* subject_id* remit* start_date end_date
declarations: person_id* year* household_income household_assets
assets: asset_id* owner_id* kind* value* acquired_on* region is_declared funded_by_id
employments: person_id* org_id* start_date* end_date
licences: licence_id* org_id* kind* grade licence_no authority_id holder_person_id valid_from valid_until
liaisons: person_id* org_id* basis* issued_by_id document_no start_date* end_date
watchlist: entity_id* reason* listed_on* until
contacts: contact_id* kind* person_id* other_id happened_at* seconds
reviewer_pools: org_id* person_id* speciality grade start_date end_date
accounts: account_id* holder_id holder_name institution kind opened_on
statement_lines:
    line_id* account_id* booked_at* direction* amount* currency balance_after counterparty_account
    counterparty_name channel memo bank_reference state is_cash branch merchant_category payment_id device_ip
    device_mac terminal_id
payments: payment_id* paid_at* payer_account* payee_account* amount* currency channel memo basis reference_id
exchange_rates: currency* rate_on* cny*
financings:
    financing_id* kind borrower_id* lender_id* arranger_id lender_contact_id principal* annual_rate* repayment
    fees selection_method is_guaranteed_by_controller start_date* maturity_date outcome loss_amount handler_id
    currency
financing_terms: financing_id* item* rate_before rate_after* changed_on* handler_id
financial_statements: org_id* period_end* total_assets total_liabilities cash short_term_debt
projects:
    project_id* name* owner_id* region category lifecycle* delivery estimate approved_estimate budget
    final_cost
project_events: event_id* project_id* stage* happened_on* handler_id document_no issued_by_id amount
tenders:
    tender_id* project_id lot buyer_id* agent_id title method* planned_method category budget ceiling_price
    published_on deadline_at opened_at awarded_on status recording evaluation_method currency
bids:
    tender_id* bidder_id* price submitted_at status is_winner deposit_account device_mac device_ip ca_serial
    disk_serial software_licence file_author text_path contact_name contact_phone project_manager_id
    licence_no currency
bid_items: tender_id* bidder_id* item_no* description quantity unit_price currency
bid_claims: claim_id* tender_id* bidder_id* kind* reference counterparty_name amount claimed_on
evaluations: tender_id* evaluator_id* round drawn drawn_at draw_witness_id bidder_id score
contracts:
    contract_id* tender_id project_id parent_contract_id request_no title buyer_id* supplier_id* amount*
    signed_on* published_on method category purpose deliverable accepted_on final_amount advance_share
    handler_id currency
contract_changes: change_id* contract_id* amount* changed_on* reason handler_id currency
asset_disposals:
    disposal_id* seller_id* description book_value* appraised_value appraiser_id price* buyer_id* method
    approval_no bidder_count rounds term_months area disposed_on* currency
applications:
    application_id* applicant_id* authority_id* handler_id kind* submitted_on* accepted_on decided_on outcome
    requested granted value project_id priority_document issued_by_id
approvals: approval_id* object_table* object_id* step* person_id* org_id* opinion* decided_at* document_no
review_votes:
    meeting_id* item_id* item_kind org_id* member_id* vote* is_chair drawn draw_witness_id amount voted_on*
    item_outcome*
benefit_payouts:
    payout_id* scheme* beneficiary_id* via_id amount* paid_on* advanced_amount claim_no claimed audited
    re_audited auditor_id target_met payment_id currency
unit_events: event_id* org_id* kind* happened_on* reply_due_on replied_on document_no text
stated_figures: figure_id* document* label value* unit* formula
cases: case_id* title* unit_id opened_on* closed_on status period_start period_end secrecy
case_subjects: case_id* entity_id* role*
leads:
    lead_id* case_id received_on* channel* subject_ids finding_ids disposition decided_by decided_on due_on
    closed_on outcome
evidence_requests: request_id* case_id* addressee* asks_for* reason approved_by sent_on due_on received_file
referrals: referral_id* case_id* from_unit* to_unit* handed_on* items accepted_by
discipline_records: record_id* person_id* org_id* filed_on* kind
rectifications:
    problem_id* unit_id* category* case_id advice_no found_on* measure document responsible_id due_on
    closed_on verified_on evidence reopened_on recurs_id
risk_points: risk_id* unit_id* post category* level measure
coverage: table* scope period_start* period_end* is_complete* basis
access: case_id* user* role* granted_by* until purpose
sources:
    source_file* sha256* bytes table reader rows_in rows_accepted rows_quarantined rows_repeated read_at
    obtained_from obtained_on authority_no dossier page_from page_to secrecy
quarantine: source_file* source_sheet source_row* table* reasons* raw*
entities: entity_id* kind name member_ids
entity_links:
    entity_id* member_table* member_id* linked_to rule* probability comparison sentence_zh sentence_en
    decided_by
findings:
    finding_id* evidence_hash indicator* kind severity case_id subjects* objects score* p_value q_value amount
    period_start period_end summary_zh summary_en evidence* first_seen last_seen change status
assessments: indicator* case_id subject_id state* reason
decisions: decision_id* kind* object_table* object_ids* reason* decided_by* decided_at* undoes
audit_log: seq* at* who* action* object purpose previous_hash* hash*
"""

#: Table: the columns that identify a row, in the order evidence joins them with ``|``; elsewhere its first column.
KEYS = """
appointments: person_id org_id post start_date
kinships: person_id relative_id relation start_date
ownerships: org_id holder_id start_date share
directorships: org_id person_id role start_date
oversight: authority_id subject_id remit start_date
declarations: person_id year
employments: person_id org_id start_date
liaisons: person_id org_id basis start_date
watchlist: entity_id reason listed_on
reviewer_pools: org_id person_id start_date
exchange_rates: currency rate_on cny
financing_terms: financing_id item rate_after changed_on
financial_statements: org_id period_end
bids: tender_id bidder_id
bid_items: tender_id bidder_id item_no
evaluations: tender_id evaluator_id bidder_id round
review_votes: meeting_id item_id member_id
case_subjects: case_id entity_id role
coverage: table scope period_start period_end is_complete
access: case_id user role granted_by
sources: source_file sha256
quarantine: source_file source_sheet source_row table reasons raw
entity_links: entity_id member_table member_id rule
assessments: indicator case_id subject_id state
"""

#: Table: column>tables whose key it may hold.
REFERENCES = """
organizations: parent_org_id>organizations
appointments: person_id>persons org_id>organizations
kinships: person_id>persons relative_id>persons
ownerships: org_id>organizations holder_id>persons|organizations
directorships: org_id>organizations person_id>persons
oversight: authority_id>organizations subject_id>organizations
declarations: person_id>persons
assets: owner_id>persons|organizations funded_by_id>persons|organizations
employments: person_id>persons org_id>organizations
licences: org_id>organizations authority_id>organizations holder_person_id>persons
liaisons: person_id>persons org_id>organizations issued_by_id>organizations
watchlist: entity_id>persons|organizations
contacts: person_id>persons other_id>persons|organizations
reviewer_pools: org_id>organizations person_id>persons
accounts: holder_id>persons|organizations
statement_lines: account_id>accounts payment_id>payments
payments: payer_account>accounts payee_account>accounts
financings:
    borrower_id>persons|organizations lender_id>persons|organizations arranger_id>organizations
    lender_contact_id>persons handler_id>persons
financing_terms: financing_id>financings handler_id>persons
financial_statements: org_id>organizations
projects: owner_id>organizations
project_events: project_id>projects handler_id>persons issued_by_id>organizations
tenders: project_id>projects buyer_id>organizations agent_id>organizations
bids: tender_id>tenders bidder_id>organizations deposit_account>accounts project_manager_id>persons
bid_items: tender_id>tenders bidder_id>organizations
bid_claims: tender_id>tenders bidder_id>organizations
evaluations: tender_id>tenders evaluator_id>persons draw_witness_id>persons bidder_id>organizations
contracts:
    tender_id>tenders project_id>projects parent_contract_id>contracts buyer_id>organizations
    supplier_id>organizations handler_id>persons
contract_changes: contract_id>contracts handler_id>persons
asset_disposals: seller_id>organizations appraiser_id>organizations buyer_id>persons|organizations
applications:
    applicant_id>persons|organizations authority_id>organizations handler_id>persons project_id>projects
    issued_by_id>organizations
approvals: person_id>persons org_id>organizations
review_votes: org_id>organizations member_id>persons draw_witness_id>persons
benefit_payouts:
    beneficiary_id>persons|organizations via_id>organizations auditor_id>organizations payment_id>payments
unit_events: org_id>organizations
cases: unit_id>organizations
case_subjects: case_id>cases entity_id>persons|organizations
leads: case_id>cases
evidence_requests: case_id>cases
referrals: case_id>cases
discipline_records: person_id>persons org_id>organizations
rectifications: unit_id>organizations case_id>cases responsible_id>persons recurs_id>rectifications
risk_points: unit_id>organizations
access: case_id>cases
"""

CLOSED = {
    "statement_lines.direction": ("in", "out"),
    "statement_lines.state": ("booked", "failed", "reversed", "refunded"),
    "tenders.status": ("planned", "open", "awarded", "cancelled"),
    "bids.status": ("valid", "rejected", "withdrawn"),
    "review_votes.vote": ("for", "against", "abstain", "absent", "recused"),
    "cases.status": ("open", "transferred", "closed_unfounded", "closed"),
    "findings.status": ("new", "open", "confirmed", "dismissed", "cleared", "self_reported"),
    "assessments.state": ("hit", "clean", "not_assessable", "excluded"),
}

EMPTY_MEANS = {
    "payments.basis": "record",
    "projects.delivery": "design_bid_build",
    "financings.repayment": "bullet",
    "tenders.status": "awarded",
    "evaluations.round": "original",
    "statement_lines.state": "booked",
}

WORKBENCH = {"sources", "quarantine", "entities", "entity_links", "findings", "assessments", "decisions", "audit_log"}


def parse(text: str) -> dict[str, tuple[str, ...]]:
    """``name: word word`` entries, an entry going on over indented lines."""
    found: dict[str, tuple[str, ...]] = {}
    name = ""
    for line in text.strip().splitlines():
        words = line
        if not line.startswith(" "):
            name, _, words = line.partition(":")
            found[name] = ()
        found[name] += tuple(words.split())
    return found


def test_the_tables_and_their_columns_are_the_agreed_ones() -> None:
    declared = {
        table.id: tuple(column.name + ("*" if column.required else "") for column in table.columns)
        for table in TABLES.values()
    }
    assert declared == parse(COLUMNS)


def test_keys_are_the_agreed_ones() -> None:
    agreed = {name: (columns[0].rstrip("*"),) for name, columns in parse(COLUMNS).items()} | parse(KEYS)
    assert {table.id: table.key for table in TABLES.values()} == agreed


def test_references_are_the_agreed_ones() -> None:
    declared = {
        table.id: tuple(f"{column.name}>{'|'.join(column.references)}" for column in table.columns if column.references)
        for table in TABLES.values()
    }
    assert {name: found for name, found in declared.items() if found} == parse(REFERENCES)


def test_only_directions_votes_states_and_statuses_are_closed() -> None:
    declared = {
        f"{table.id}.{column.name}": column.codes
        for table in TABLES.values()
        for column in table.columns
        if column.closed
    }
    assert declared == CLOSED


def test_what_an_empty_cell_means() -> None:
    declared = {
        f"{table.id}.{column.name}": column.empty_means
        for table in TABLES.values()
        for column in table.columns
        if column.empty_means and column.name != "currency"
    }
    assert declared == EMPTY_MEANS
    for table in TABLES.values():
        for column in table.columns:
            if column.name == "currency" and not column.required:
                assert column.empty_means == "CNY", table.id


def test_the_workbench_writes_these_tables_itself() -> None:
    assert {table.id for table in TABLES.values() if table.written_by_workbench} == WORKBENCH


def test_amounts_of_movements_are_above_zero_and_changes_are_signed() -> None:
    for name in ("payments", "statement_lines"):
        amount = TABLES[name]["amount"]
        assert (amount.low, amount.low_inclusive) == (0, False), name
    assert TABLES["contract_changes"]["amount"].low is None


def test_shares_lie_between_0_and_1_but_interest_may_exceed_100_percent() -> None:
    for table, column in (("ownerships", "share"), ("contracts", "advance_share")):
        assert (TABLES[table][column].low, TABLES[table][column].high) == (0, 1), f"{table}.{column}"
    for table, column in (
        ("financings", "annual_rate"),
        ("financing_terms", "rate_before"),
        ("financing_terms", "rate_after"),
    ):
        assert TABLES[table][column].kind == "share"
        assert TABLES[table][column].high is None, f"{table}.{column}"
