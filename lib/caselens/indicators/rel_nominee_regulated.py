"""A relative or associate of an official holds shares in, or is legal representative of, a firm the official regulates.

Kin to degree 2, associates, and persons with the official's phone (0.8) or address (0.5); a holding of any size, their
own or of a firm that kin hold (5 %) or run, that overlaps authority of at least 0.7 over the firm. Older than the post
and declared: excluded.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.relations import tenths
from caselens.relations._rows import earlier, later, overlaps

_AUTHORITY = 0.7
_STAKE = ["official_id", "person_id", "how", "edge", "link_rows", "org_id", "role", "share", "amount", "held_since",
          "held_until", "stake_table", "stake_key"]  # fmt: skip
#: Strength of a shared contact, in tenths.
_CONTACT = {"phone": 8, "address": 5}


_DECLARED = Text("持股早于任职且已申报", "the holding is older than the post and was declared")
_NOBODY = Text("没有该公职人员亲属或特定关系人的记录", "no relative or associate of the official is on record")
_UNDECLARED = Text("早于任职，但未见对应申报", "older than the post, no matching declaration found")
_IN_POST = Text("在任职期间取得", "acquired during the post")
_ONLY_CONTACT = Text("仅电话或地址相同", "only a shared phone or address")
_KIN = Text("亲属关系有记录", "kinship is on record")


def _close(inputs: Inputs) -> ir.Table:
    """People close to each official, but not the official: ``official_id, person_id, how, edge, link_rows``."""
    links = inputs.relation("links")
    kin = links.filter((links.party_id == links.via_id) & (links.how != "self"))
    parts = [kin.select("official_id", person_id="party_id", how="how", edge=tenths(10), link_rows="rows")]
    persons = inputs.table("persons")
    officials = inputs.table("appointments").select(official_id="person_id").distinct()
    for column, strength in _CONTACT.items():
        given = persons.filter(persons[column].notnull() & (persons[column].length() >= 5))
        mine = officials.join(given, [("official_id", "person_id")]).select(
            "official_id", value=column, own_key="row_key"
        )
        other = given.select(person_id="person_id", shared=given[column], other_key="row_key")
        # A number or address of many is a switchboard or a housing estate, and says nothing about two of them.
        usual = given.group_by(value=given[column]).agg(users=given.count())
        rare = usual.filter(usual.users <= inputs["max_shared_contact"]).select(rare_value="value")
        pairs = mine.join(other, [("value", "shared")]).semi_join(rare, [("value", "rare_value")])
        pairs = pairs.filter(pairs.official_id != pairs.person_id)
        rows = ibis.array(
            [ibis.struct({"table": ibis.literal("persons"), "key": pairs[key]}) for key in ("own_key", "other_key")]
        )
        parts.append(
            pairs.select(
                "official_id", "person_id", how=ibis.literal(f"same_{column}"), edge=tenths(strength), link_rows=rows
            )
        )
    return ibis.union(*parts)


def _stakes(inputs: Inputs) -> ir.Table:
    """Holdings of any size and posts as legal representative: ``holder_id, org_id, role, …``."""
    held = inputs.table("ownerships").filter(lambda t: t.share.isnull() | (t.share > 0))
    holdings = held.select(
        holder_id="holder_id", org_id="org_id", role=ibis.literal("holder"), share="share",
        amount=held.paid_in.cast("float64"), held_since=ibis.coalesce(held.start_date, held.paid_on),
        held_until="end_date", stake_table=ibis.literal("ownerships"), stake_key="row_key",
    )  # fmt: skip
    heads = inputs.table("directorships").filter(lambda t: t.role == "legal_representative")
    posts = heads.select(
        holder_id="person_id", org_id="org_id", role="role", share=ibis.null("float64"), amount=ibis.null("float64"),
        held_since="start_date", held_until="end_date", stake_table=ibis.literal("directorships"), stake_key="row_key",
    )  # fmt: skip
    return holdings.union(posts)


def _overlaps(t: ir.Table) -> ir.BooleanValue:
    begins = t.held_since.isnull() | t.until.isnull() | (t.held_since <= t.until)
    ends = t.held_until.isnull() | t.since.isnull() | (t.held_until >= t.since)
    return begins & ends


def _met(inputs: Inputs, close: ir.Table) -> pd.DataFrame:
    """Stakes of people close to an official in firms under that official's authority, with ``in_post`` since when."""
    authority = inputs.relation("authority")
    over = authority.filter((authority.strength >= _AUTHORITY) & authority.via_id.isnull())
    stakes = _stakes(inputs)
    direct = close.join(stakes, [("person_id", "holder_id")])
    links = inputs.relation("links").filter(lambda t: (t.party_id != t.via_id) & ~t.how.startswith("self"))
    firms = links.select(
        "official_id", person_id="via_id", how="how", edge=tenths(10), link_rows="rows", firm="party_id",
        own_since="since", own_until="until",
    ).join(stakes.filter(stakes.role == "holder"), [("firm", "holder_id")])  # fmt: skip
    # What the relative's firm holds while it is the relative's.
    begins, ends = later(firms.held_since, firms.own_since), earlier(firms.held_until, firms.own_until)
    together = overlaps(firms.held_since, firms.held_until, firms.own_since, firms.own_until)
    firms = firms.filter((firms.org_id != firms.firm) & together).mutate(held_since=begins, held_until=ends)
    through = direct.select(_STAKE).union(firms.select(_STAKE))
    joined = through.join(over, [("official_id", "official_id"), ("org_id", "party_id")])
    appointments = inputs.table("appointments")
    posts = appointments.group_by(holder="person_id", post_unit="org_id").agg(in_post=appointments.start_date.min())
    met = joined.filter(_overlaps(joined))
    met = met.left_join(posts, [("official_id", "holder"), ("unit_id", "post_unit")])
    found = met.select(
        "official_id", "person_id", "how", "edge", "link_rows", "org_id", "role", "share", "amount", "held_since",
        "held_until", "stake_table", "stake_key", "strength", "in_post", "rows", order=met.rows.cast("string"),
    ).execute()  # fmt: skip
    by = ["official_id", "org_id", "person_id", "strength", "edge", "stake_table", "stake_key", "how", "order"]
    return found.sort_values(by, ascending=[name not in ("strength", "edge") for name in by])


def _compute(inputs: Inputs) -> Result:
    close = _close(inputs)
    met, declared = _met(inputs, close), _declared(inputs)
    leads, evidence, counters = [], [], []
    hits: set[str] = set()
    excluded: dict[str, str] = {}
    for (official, firm), group in met.groupby(["official_id", "org_id"], sort=True):
        # Older than the first post that gives authority over the firm, or it is not older.
        older = group["held_since"].notna() & (group["held_since"] < group["in_post"].min())
        told = pd.Series([_is_declared(row, declared) for row in group.to_dict("records")], index=group.index)
        kept = group[~(older & told)]
        if kept.empty:
            excluded[str(official)] = _DECLARED.both()
            continue
        lead = f"{official}|{firm}"
        hits.add(str(official))
        leads.append(_lead(lead, kept))
        evidence += _evidence(lead, kept)
        counters += _counters(lead, kept, bool(older.loc[kept.index].all()), inputs)
    seen, dark = _assessable(inputs, close)
    return Result(
        assessed(hits, seen, dark, excluded), frame(leads, LEADS), frame(evidence, EVIDENCE), frame(counters, COUNTERS)
    )


def _assessable(inputs: Inputs, close: ir.Table) -> tuple[set[str], dict[str, str]]:
    """Officials of whom somebody close is on record, and those of whom nobody is."""
    everyone = set(inputs.table("appointments").select("person_id").distinct().execute()["person_id"])
    seen = set(close.select("official_id").distinct().execute()["official_id"])
    return seen, dict.fromkeys(everyone - seen, _NOBODY.both())


def _declared(inputs: Inputs) -> dict[str, list[tuple[pd.Timestamp, float]]]:
    """Owner -> day and value of each declared equity; day or value ties it to a holding."""
    if not inputs.has("assets", "is_declared", "acquired_on"):
        return {}
    assets = inputs.table("assets")
    rows = assets.filter((assets.kind == "equity") & assets.is_declared & assets.acquired_on.notnull())
    found = rows.select("owner_id", "acquired_on", value=rows.value.cast("float64")).execute()
    declared: dict[str, list[tuple[pd.Timestamp, float]]] = {}
    for owner, day, value in zip(found["owner_id"], found["acquired_on"], found["value"], strict=True):
        declared.setdefault(owner, []).append((pd.Timestamp(day), value))
    return declared


def _is_declared(row: Mapping[str, Any], declared: Mapping[str, list[tuple[pd.Timestamp, float]]]) -> bool:
    """Declared equity acquired within a month of the holding, or at its price: registration takes time."""
    if pd.isna(row["held_since"]):
        return False
    held = pd.Timestamp(row["held_since"])
    return any(
        abs((held - day).days) <= 31 or abs(value - (row["amount"] or 0)) < 0.01
        for day, value in declared.get(row["person_id"], ())
    )


def _lead(lead: str, group: pd.DataFrame) -> dict[str, object]:
    best = (
        group.assign(score=group["strength"] * group["edge"])
        .sort_values("score", ascending=False, kind="stable")
        .iloc[0]
    )
    shares = group.drop_duplicates("stake_key")["share"].dropna()
    amounts = group.drop_duplicates("stake_key")["amount"].dropna()
    share = float(shares.sum()) if len(shares) else float("nan")
    since = group["held_since"].dropna()
    size = 0.5 if math.isnan(share) else min(share, 1.0)
    return {
        "lead": lead,
        "subjects": [party(best["official_id"], "official"), party(best["org_id"], "firm")]
        + [party(name, "nominee") for name in sorted(set(group["person_id"]))],
        "objects": [thing("organizations", best["org_id"])],
        "kind": "link",
        "severity": "red" if best["strength"] >= 1 else "yellow",
        "value": None if math.isnan(share) else share,
        "score": round(float(best["score"]) * (0.6 + 0.4 * size), 4),
        "p_value": None,
        "amount": float(amounts.sum()) if len(amounts) else None,
        "period_start": since.min() if len(since) else None,
        "period_end": None,
        "fence": f"authority >= {_AUTHORITY}; any holding or legal representative",
        "share_text": "?" if math.isnan(share) else f"{share:.1%}",
        "how": best["how"],
    }


def _evidence(lead: str, group: pd.DataFrame) -> list[dict[str, str]]:
    rows: dict[tuple[str, str], str] = {}
    for row in group.to_dict("records"):
        rows[(row["stake_table"], row["stake_key"])] = "holding"
        rows |= {(found["table"], found["key"]): "link" for found in row["link_rows"]}
        rows |= {(found["table"], found["key"]): "authority" for found in row["rows"]}
    return [{"lead": lead, "table": table, "key": key, "role": role} for (table, key), role in rows.items()]


def _counters(lead: str, group: pd.DataFrame, older: bool, inputs: Inputs) -> list[dict[str, str]]:
    note = (_UNDECLARED if older else _IN_POST).both()
    by_name = bool(group["how"].str.startswith("same_").all())
    return [
        counter(lead, "older_declared", None if older and not inputs.has("assets", "is_declared") else False, note),
        counter(lead, "stranger", by_name, (_ONLY_CONTACT if by_name else _KIN).both()),
    ]


INDICATOR = Indicator(
    id="rel-nominee-regulated",
    number=16,
    title=Text("亲属持股监管企业", "Kin hold a regulated firm"),
    question=Text(
        "公职人员的亲属或特定关系人，是否在其管辖、许可的企业持股或任法定代表人？",
        "Does a relative or associate of an official hold shares in, or legally represent, a firm that the official "
        "oversees or licenses?",
    ),
    summary=Text(
        "{nominee}({how})持有{firm}股权(合计{share_text})或任其法定代表人，而{official}对该企业有职权。",
        "{nominee} ({how}) holds {share_text} of {firm}, or is its legal representative, while {official} has authority "
        "over the firm.",
    ),
    innocent=(
        Innocent(
            "older_declared",
            Text("持股早于任职且已申报。", "The holding is older than the post and was declared."),
            Text(
                "核对持股日期、任职日期与已申报的股权。", "Dates of holding and post are compared with declared equity."
            ),
        ),
        Innocent(
            "stranger",
            Text("同名、同号或同址的陌生人。", "A stranger of the same name, number or address."),
            Text("仅凭电话或地址相同的，视为可能。", "Where only a phone or address is shared, this is taken to hold."),
        ),
    ),
    next_steps=(
        Text("查出资来源(见资金来源指标)。", "Look where the capital came from."),
        Text("查个人事项申报。", "Compare the declaration of personal matters."),
        Text("查该企业取得许可的时间与同行差异。", "Compare the firm's permits with those of its peers."),
    ),
    kinds=("link",),
    subject="person",
    needs={
        "appointments": ("person_id", "org_id", "start_date"),
        "kinships": ("person_id", "relative_id", "relation"),
        "ownerships": ("org_id", "holder_id"),
    },
    uses=("persons", "directorships", "assets"),
    relations=("authority", "links"),
    params=(
        Param(
            "max_shared_contact",
            4,
            "persons",
            Text("更多人共用的电话或地址不说明关系。", "A number or address of more people says nothing."),
            2,
            100,
        ),
    ),
    references=(
        Reference("曲靖, 2022: a brother's shares in a coal mine while the official's bureau approved its explosives"),
        Reference("OCP (2024), Red Flags in Public Procurement: R032 same beneficial owner, R033 same shareholder"),
    ),
    value_unit=Text("持股比例合计，越高控制越强", "share held in all; higher means more control"),
    engine="kernel",
    example=Example(
        tables={
            "persons": "person_id,name\nO,公职人员\nB,其弟\nQ,另一公职人员\nW,其妻\nZ,无亲属记录\n",
            "organizations": "org_id,name,kind\nU,公安局,government\nV,教育局,government\nM,煤矿,private\nE,饭店,private\n",
            "appointments": "person_id,org_id,post,remit,start_date,is_leadership\nO,U,副局长,explosives,2010-01-01,true\n"
            "Q,V,副局长,,2010-01-01,true\nZ,V,科员,,2012-01-01,false\n",
            "kinships": "person_id,relative_id,relation\nO,B,sibling\nQ,W,spouse\n",
            "ownerships": "org_id,holder_id,share,start_date\nM,B,0.3,2012-05-01\nE,W,0.5,2013-01-01\n",
            # The bureau licenses the mine; nobody of the school office has to do with the restaurant.
            "licences": "licence_id,org_id,kind,authority_id,valid_from\nL1,M,explosives,U,2011-01-01\n",
        },
        flags=frozenset({"O"}),
        leaves=frozenset({"Q"}),
        others={"Z": "not_assessable"},
    ),
    compute=_compute,
)
