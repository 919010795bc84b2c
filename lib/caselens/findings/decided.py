"""What people decided about findings, laid over what a screening found."""

from __future__ import annotations

import pandas as pd

from caselens.findings.leads import CLOSED
from caselens.workspace import Workspace


def with_decisions(workspace: Workspace, findings: pd.DataFrame) -> pd.DataFrame:
    """The findings with the status that people gave them; a closed matter is ``changed`` for as long as its evidence is
    not the one that the person saw, and not only at the first refresh that finds it so.
    """
    rulings = workspace.store.people.rulings()
    statuses, changes = [], []
    columns = (findings[name] for name in ("finding_id", "evidence_hash", "change"))
    for identifier, evidence, change in zip(*columns, strict=True):
        ruling = rulings.get(identifier)
        statuses.append(ruling.status if ruling else "new" if change == "new" else "open")
        if ruling and ruling.evidence_hash and ruling.status in CLOSED:
            grew = evidence != ruling.evidence_hash
            changes.append("changed" if grew else "same" if change == "changed" else change)
        else:
            changes.append(change)
    return findings.assign(status=statuses, change=changes)
