"""Views of institutions instead of people: units, projects, debts, rectification, and supervision before the award.

Plain functions that take a workspace and give pandas frames with documented columns. They show states and sums; whether
something is a lead is the indicators' question, whose rules and settings they share. What the records do not allow is
raised as ``NotAssessable``, never returned as an empty frame: an empty frame means that the records have no such row.
"""

from caselens.institutions._read import declared_complete, names_of
from caselens.institutions.ahead import Plan, draw, flags_of, inclusion, open_tenders, said, spot_check
from caselens.institutions.approvals import approvers, losses, queue
from caselens.institutions.cases import case_clusters, case_records, common_approvers, common_suppliers
from caselens.institutions.chain import BASES, SUMS, cost_chain, saving
from caselens.institutions.debts import STEPS, debt_ladder, debt_lines, due_list, financing_costs
from caselens.institutions.decisions import bodies, panels, voted_items
from caselens.institutions.dues import LISTED, benefits_withheld, charges, disposals
from caselens.institutions.ledger import ledger, monthly_notice, risk_points, weekly_dispatch
from caselens.institutions.posts import rotation, tenures
from caselens.institutions.stages import lifecycles, pay_and_progress, stages

__all__ = [
    "BASES", "LISTED", "STEPS", "SUMS", "Plan", "approvers", "benefits_withheld", "bodies", "case_clusters",
    "case_records", "charges", "common_approvers", "common_suppliers", "cost_chain", "debt_ladder", "debt_lines",
    "declared_complete", "disposals", "draw", "due_list", "financing_costs", "flags_of", "inclusion", "ledger",
    "lifecycles", "losses", "monthly_notice", "names_of", "open_tenders", "panels", "pay_and_progress", "queue",
    "risk_points", "rotation", "said", "saving", "spot_check", "stages", "tenures", "voted_items", "weekly_dispatch",
]  # fmt: skip
