"""What a party is in a case: official, relative, firm, intermediary, government, or just a person."""

from __future__ import annotations

import pandas as pd

from caselens.entities import resolved
from caselens.relations import relation
from caselens.workspace import Workspace

_PUBLIC = {"government", "party_body", "public_institution", "hospital", "school", "village_collective"}


def roles(workspace: Workspace, parties: pd.DataFrame, findings: pd.DataFrame) -> list[str]:
    """The role of each party, in the order of ``parties`` (which has ``entity_id`` and ``kind``)."""
    ids = list(parties["entity_id"])
    appointments = resolved(workspace, "appointments")
    officials = set(appointments.filter(appointments.person_id.isin(ids)).select("person_id").execute()["person_id"])
    links = relation(workspace, "links")
    close = links.filter(links.official_id.isin(sorted(officials)) & (links.party_id == links.via_id))
    relatives = set(close.select("party_id").distinct().execute()["party_id"]) - officials
    organizations = resolved(workspace, "organizations")
    kinds_frame = organizations.filter(organizations.org_id.isin(ids)).select("org_id", "kind").execute()
    kinds = dict(zip(kinds_frame["org_id"], kinds_frame["kind"], strict=True))
    between = {s["id"] for found in findings["subjects"] for s in found if s["role"] == "intermediary"}

    def role(entity: str, kind: str) -> str:
        if kind == "account":
            return "account"
        if entity in officials:
            return "official"
        if entity in between or kinds.get(entity) in ("intermediary", "financial"):
            return "intermediary"
        if entity in relatives:
            return "relative"
        if kind == "organization":
            return "government" if kinds.get(entity) in _PUBLIC else "firm"
        return "person"

    return [role(entity, kind) for entity, kind in zip(ids, parties["kind"], strict=True)]
