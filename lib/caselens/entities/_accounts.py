"""Accounts and the parties that hold them: tied by the number that the bank gave for the holder, never by a name."""

from __future__ import annotations

from caselens.entities._numbers import normal_identity_number, valid_credit_code
from caselens.workspace import Workspace


def account_links(workspace: Workspace, members: str) -> str:
    """SQL of ``entity_links`` rows for accounts without ``holder_id`` whose ``holder_number`` is a party's valid number.

    Args:
        workspace: whose accounts; "" where no file gives holders' numbers.
        members: SQL of the resolved members.
    """
    described = workspace.con.execute('DESCRIBE "accounts"').fetchall()
    if "holder_number" not in {str(row[0]) for row in described}:
        return ""
    number = "upper(regexp_replace(holder_number, '[\\s-]', '', 'g'))"
    valid = f"coalesce({normal_identity_number(number)}, CASE WHEN {valid_credit_code(number)} THEN {number} END)"
    return (
        f"SELECT p.entity_id, 'accounts' AS member_table, a.account_id AS member_id, p.member_id AS linked_to, "
        f"'holder_number' AS rule, 1.0::DOUBLE AS probability, "
        f"to_json({{'holder_number': a.number, 'holder_name': a.holder_name, 'name': p.name}})::VARCHAR AS comparison, "
        f"concat('开户证件号码与该主体的有效证件号码相同', CASE WHEN a.holder_name <> p.name THEN '；户名不同，请核实' ELSE '' END) AS sentence_zh, "
        f"concat('the number given for the holder is the valid number of this party', "
        f"CASE WHEN a.holder_name <> p.name THEN '; the names differ: look at it' ELSE '' END) AS sentence_en, "
        f"CAST(NULL AS VARCHAR) AS decided_by FROM (SELECT account_id, holder_name, {valid} AS number FROM accounts "
        f"WHERE holder_id IS NULL AND holder_number IS NOT NULL) a JOIN (SELECT identifier, entity_id, "
        f"min(member_id) AS member_id, min(name) AS name FROM ({members}) WHERE identifier <> '' "
        f"GROUP BY identifier, entity_id QUALIFY count(*) OVER (PARTITION BY identifier) = 1) p ON p.identifier = a.number"
    )
