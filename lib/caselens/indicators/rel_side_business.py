"""An official, or close kin, holds, runs, or was hired by a firm that the official's unit serves (搭股经商).

Read as indicator 16 for any role: the official, kin to degree 2 and associates; holders of any size, legal
representatives, directors, managers and supervisors whose time overlaps authority of at least 0.7. A job (employment,
or finance contact) counts only if it began on or after the official's appointment to that unit, and only at a firm that
the state does not own; an older job is context. A post of the official in a state-owned firm comes with the office and
is left out. A holding older than the post and declared is excluded, as there.
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from caselens.core.errors import NotAssessable
from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._circle import PUBLIC, Cited, cite, cited, over, people
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Reference, Result

#: How much a role says: who holds or runs decides, who sits there benefits.
_WEIGHT = {
    "holder": 1.0, "legal_representative": 1.0, "manager": 1.0, "director": 0.9, "supervisor": 0.7,
    "finance_contact": 0.6, "employee": 0.6,
}  # fmt: skip
_JOBS = ("finance_contact", "employee")
_OLDER = Text("持股早于任职且已申报", "the holding is older than the post and was declared")
_JOB = Text("普通受雇早于任职，仅作背景", "plain employment older than the post is context only")
_NOBODY = Text("没有该公职人员亲属的记录", "no relative or associate of the official is on record")


def _roles(inputs: Inputs) -> ir.Table:
    """Every role of a person in a firm: ``who, org_id, role, share, begins, ends, role_table, role_key``."""
    held = inputs.table("ownerships").filter(lambda t: t.share.isnull() | (t.share > 0))
    posts, jobs = inputs.table("directorships"), inputs.table("employments")
    none = ibis.null("float64")

    def part(t: ir.Table, who: str, role: ir.Value, share: ir.Value, begins: ir.Value, table: str) -> ir.Table:
        return t.select(
            who=who, org_id="org_id", role=role, share=share, begins=begins, ends="end_date",
            role_table=ibis.literal(table), role_key="row_key",
        )  # fmt: skip

    since = ibis.coalesce(held.start_date, held.paid_on)
    return ibis.union(
        part(held, "holder_id", ibis.literal("holder"), held.share, since, "ownerships"),
        part(posts, "person_id", posts.role, none, posts.start_date, "directorships"),
        part(jobs, "person_id", ibis.literal("employee"), none, jobs.start_date, "employments"),
    )


def _met(inputs: Inputs) -> pd.DataFrame:
    """Roles of an official's circle in firms under that official, while the authority lasts."""
    firms = inputs.table("organizations").select(firm="org_id", firm_kind="kind").distinct()
    joined = people(inputs).join(_roles(inputs), [("person_id", "who")])
    joined = joined.join(over(inputs), [("official_id", "official_id"), ("org_id", "party_id")], rname="{name}_over")
    joined = joined.left_join(firms, [("org_id", "firm")])
    begins = joined.begins.isnull() | joined.until.isnull() | (joined.begins <= joined.until)
    ends = joined.ends.isnull() | joined.since.isnull() | (joined.ends >= joined.since)
    kind = joined.firm_kind.fill_null("private")
    by_office = (kind == "state_owned") & ((joined.how == "self") | joined.role.isin(_JOBS))
    kept = joined.filter(begins & ends & ~kind.isin(PUBLIC) & ~by_office)
    appointments = inputs.table("appointments")
    posts = appointments.group_by(holder="person_id", post_unit="org_id").agg(in_post=appointments.start_date.min())
    kept = kept.left_join(posts, [("official_id", "holder"), ("unit_id", "post_unit")])
    found = kept.select(
        "official_id", "person_id", "how", "degree", "link_rows", "org_id", "role", "share", "begins", "role_table",
        "role_key", "strength", "in_post", "rows", order=kept.rows.cast("string"),
    ).execute()  # fmt: skip
    by = ["official_id", "org_id", "person_id", "role", "role_key", "strength", "order"]
    return found.sort_values(by, ascending=[name != "strength" for name in by], ignore_index=True)


def _declared(inputs: Inputs) -> dict[str, list[pd.Timestamp]]:
    """Owner -> days of declared equity."""
    if not inputs.has("assets", "is_declared"):
        return {}
    rows = inputs.table("assets").filter(lambda t: (t.kind == "equity") & t.is_declared)
    found = rows.select("owner_id", "acquired_on").execute()
    return {owner: [pd.Timestamp(day) for day in days] for owner, days in found.groupby("owner_id")["acquired_on"]}


def _compute(inputs: Inputs) -> Result:
    if not any(inputs.has(name) for name in ("ownerships", "directorships", "employments")):
        raise NotAssessable("lacks ownerships, directorships, employments")
    met, declared = _met(inputs), _declared(inputs)
    if len(met):
        first = met.groupby(["official_id", "org_id"])["in_post"].transform("min")
        met = met.assign(in_post=first, older=met["begins"].notna() & (met["begins"] < first))
    leads: list[dict[str, Any]] = []
    evidence, counters = [], []
    hits, excluded = set(), {}
    for (official, firm), group in met.groupby(["official_id", "org_id"], sort=True):
        # An undated job cannot be shown to follow the appointment.
        job = group["role"].isin(_JOBS) & (group["older"] | group["begins"].isna() | group["in_post"].isna())
        told = group["older"] & (group["role"] == "holder")
        told &= pd.Series([_is_declared(row, declared) for row in group.to_dict("records")], index=group.index)
        # Who declared the family's share need not declare the seat that goes with it.
        told = group["older"] & group["person_id"].isin(group.loc[told, "person_id"])
        kept = group[~job & ~told]
        if kept.empty:
            excluded[str(official)] = (_OLDER if told.any() else _JOB).both()
            continue
        lead = f"{official}|{firm}"
        hits.add(str(official))
        leads.append(_lead(lead, kept))
        evidence += _evidence(lead, kept)
        counters.append(counter(lead, "approved", False, _against(kept)))
    known = people(inputs).filter(lambda t: t.how != "self").select("official_id").distinct().execute()["official_id"]
    everyone = inputs.table("appointments").select("person_id").distinct().execute()["person_id"]
    dark = dict.fromkeys(set(everyone) - set(known), _NOBODY.both())
    return Result(
        assessed(hits, known, dark, excluded), frame(leads, LEADS), frame(evidence, EVIDENCE),
        frame(counters, COUNTERS),
    )  # fmt: skip


def _is_declared(row: dict[str, Any], declared: dict[str, list[pd.Timestamp]]) -> bool:
    """Declared equity acquired within a month of the holding: registration takes time."""
    return any(abs((pd.Timestamp(row["begins"]) - day).days) <= 31 for day in declared.get(row["person_id"], ()))


def _against(group: pd.DataFrame) -> str:
    if bool(group["older"].all()):
        return Text("早于任职，但未见对应申报", "older than the post, but no matching declaration").both()
    return Text("在任职期间取得或入职", "acquired or begun during the post").both()


def _lead(lead: str, group: pd.DataFrame) -> dict[str, object]:
    weights = group["role"].map(_WEIGHT).fillna(0.6) * group["strength"]
    best = group.loc[weights.idxmax()]
    one = group.drop_duplicates(["role_table", "role_key"])
    share = float(one["share"].sum()) if one["share"].notna().any() else None
    kin = sorted(set(group.loc[group["how"] != "self", "person_id"]))
    # The more of the firm, and the nearer the person, the more the firm's gain is the official's own.
    score = float(weights.max()) * (0.65 + 0.25 * min(share or 0.3, 1.0) + 0.1 * (best["how"] == "self"))
    since = group["begins"].dropna()
    roles = sorted(set(group["role"]))
    return {
        "lead": lead,
        "subjects": [party(best["official_id"], "official"), party(best["org_id"], "firm")]
        + [party(name, "kin") for name in kin],
        "objects": [thing("organizations", best["org_id"])],
        "kind": "link",
        "severity": "red" if best["strength"] >= 1 and best["role"] not in _JOBS else "yellow",
        "value": share,
        "score": round(score, 4),
        "p_value": None,
        "amount": None,
        "period_start": since.min() if len(since) else None,
        "period_end": None,
        "fence": "authority >= 0.7; holder, director, manager, or hired after the appointment",
        "who": "、".join(sorted({str(how) for how in group["how"]})),
        "roles": "、".join(roles),
    }


def _evidence(lead: str, group: pd.DataFrame) -> list[dict[str, str]]:
    rows: Cited = {}
    for row in group.to_dict("records"):
        rows[(row["role_table"], row["role_key"])] = "role"
        cite(rows, row["link_rows"], "link")
        cite(rows, row["rows"], "authority")
    return cited(lead, rows)


INDICATOR = Indicator(
    id="rel-side-business",
    number=21,
    title=Text("本人或亲属经商入股", "Side business under authority"),
    question=Text(
        "公职人员本人或近亲属，是否在其单位管理服务的企业持股、任职，或在其任职后入职？",
        "Does an official or close kin hold, run, or since the appointment work for a firm that the unit serves?",
    ),
    summary=Text(
        "{official}（{who}）在其有职权的{firm}担任或持有：{roles}。",
        "{official} ({who}) has a role in {firm}, over which there is authority: {roles}.",
    ),
    innocent=(
        Innocent(
            "approved",
            Text("任职前已有且经批准、申报的家庭经营。", "A family business older than the post, approved, declared."),
            Text(
                "核对起始日期、任职日期和已申报股权；持股早于任职且已申报的排除。",
                "Dates and declared equity are compared; an older, declared holding is excluded.",
            ),
        ),
        Innocent(
            "plain_job",
            Text("任职前多年的普通受雇。", "A plain job from years before."),
            Text("早于任职的参保记录排除。", "Employment older than the appointment is excluded."),
        ),
        Innocent("same_name", Text("工商登记中的同名者。", "A namesake in the registry.")),
    ),
    next_steps=(
        Text("查个人有关事项报告。", "Compare the declaration of personal matters."),
        Text("查领取的工资、分红与实际履职。", "Look at pay and dividends, and at the work really done."),
        Text("查该企业与本单位的业务及经办人。", "Look at the firm's matters at the unit and who handled them."),
    ),
    kinds=("link",),
    subject="person",
    needs={"appointments": ("person_id", "org_id", "start_date"), "organizations": ("org_id",)},
    uses=("ownerships", "directorships", "employments", "assets"),
    relations=("authority", "links"),
    params=(),
    references=(
        Reference("义乌, 2023: officials' shares and posts in firms that their units serve (搭股经商)"),
        Reference("曲靖, 2022: running business against the rules (违规经商办企业)"),
        Reference("中国共产党纪律处分条例, articles on business by Party members and their kin (recalled; to confirm)"),
    ),
    value_unit=Text("持股比例，越高控制越强", "share held; higher means more control"),
    engine="kernel",
    example=Example(
        tables={
            "persons": "person_id,name\nO,甲\nW,其妻\nQ,乙\nF,其父\nZ,无亲属记录\nR,丙\nS,其姐\n",
            "organizations": "org_id,name,kind\nU,卫健局,government\nM,器械公司,private\n",
            "appointments": "person_id,org_id,post,start_date,is_leadership\nO,U,副局长,2017-04-10,true\n"
            "Q,U,副局长,2017-04-10,true\nR,U,副局长,2017-04-10,true\nZ,U,科员,2018-01-01,false\n",
            "kinships": "person_id,relative_id,relation\nO,W,spouse\nQ,F,parent\nR,S,sibling\n",
            "licences": "licence_id,org_id,kind,authority_id,valid_from\nL,M,经营许可,U,2016-08-01\n",
            # The wife manages the licensed firm; the other's father was employed there eight years before the post.
            "directorships": "org_id,person_id,role,start_date\nM,W,manager,2017-09-01\n",
            "employments": "person_id,org_id,start_date\nF,M,2009-03-01\nZ,U,2018-01-01\n",
        },
        flags=frozenset({"O"}),
        leaves=frozenset({"R"}),
        others={"Q": "excluded", "Z": "not_assessable"},
    ),
    compute=_compute,
)
