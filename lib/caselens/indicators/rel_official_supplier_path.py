"""A chain of at most three typed steps from an official to a supplier of the official's own unit.

Steps and strengths: kinship to degree 2 and associates, holding and running a firm, and having been colleagues, 1; a
shared phone or account 0.8; a shared address 0.5; bidding together 0.3. The strength of a path is the product; 0.5 and
more is a lead, so one shared value may be part of it and bidding together may not. The supplier must have a contract
with, or an award of, a unit where the official handled it, leads or holds the remit. Holdings and posts must reach
within 36 months of the supply. A colleague counts where he holds or runs the supplier, or a firm that does; then only
the officials with the most say in the purchases are named, for colleagues are many.

Cut: firms, phones, addresses of more than ``max_degree`` others, contacts of more than ``max_shared_contact`` users,
agents' addresses, and paths through public bodies, state firms, banks and agencies. Officials with only such a path, or
only an ordered liaison (numbered, issued by a body other than their own), are excluded. How many others of the same
unit have as strong a path to the same supplier is told, and weakens the lead where it is every second.
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._circle import Cited, cite, cited, people
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._paths import chains, common, near, plain, supplies
from caselens.relations._rows import months_earlier

_LIAISON = Text("仅有组织指派的挂钩联系", "only an ordered liaison leads to the supplier")
_HUB = Text("仅有多家共用的地址或电话", "only an address or phone that many share leads to the supplier")
_NONE = Text("其单位没有供应商的记录", "no supplier of the official's unit is on record")


def _paths(inputs: Inputs, pairs: ir.Table) -> pd.DataFrame:
    """All paths from officials to suppliers of any unit: the strongest, then the shortest, one row a pair."""
    found = chains(inputs, pairs.select("supplier").distinct())
    joined = found.join(near(inputs), [("node", "person_id")])
    colleague = joined.tie == "colleague"
    fits = (joined.hops + joined.steps <= 3) & (~colleague | ((joined.hops <= 2) & (joined.strength > 0.99)))
    joined = joined.filter(fits & (joined.official_id != joined.supplier))
    times = pairs.group_by(sold_by="supplier").agg(sold_from=pairs.first_on.min(), sold_to=pairs.last_on.max())
    timed = joined.join(times, [("supplier", "sold_by")])
    lasted = timed.until.isnull() | timed.sold_from.isnull() | (timed.until >= months_earlier(timed.sold_from, 36))
    timed = timed.filter(lasted & (timed.since.isnull() | timed.sold_to.isnull() | (timed.since <= timed.sold_to)))
    length = timed.hops + timed.steps
    best = ibis.window(
        group_by=["official_id", "supplier"],
        order_by=[
            timed.strength.desc(),
            (timed.tie == "colleague"),
            length,
            timed.node,
            timed.how,
            timed.rows.cast("string"),
        ],
    )
    ranked = timed.mutate(nth=ibis.row_number().over(best), length=length)
    return ranked.filter(ranked.nth == 0).select(
        "official_id", "supplier", "node", "tie", "how", "length", "strength", path_rows=ranked.rows,
        tie_rows=ranked.tie_rows,
    ).execute()  # fmt: skip


def _compute(inputs: Inputs) -> Result:
    say = supplies(inputs).execute()
    # Computed once: three questions start from it, and it is small beside what they join it with.
    days = {"official_id": "string", "supplier": "string", "first_on": "date", "last_on": "date"}
    pairs = ibis.memtable(say[list(days)], schema=ibis.schema(days))
    paths = _paths(inputs, pairs)
    met = say.rename(columns={"strength": "authority"}).merge(paths, on=["official_id", "supplier"])
    met = _most_involved(met).sort_values(["official_id", "supplier"])
    peers = inputs.table("appointments").select("person_id", "org_id").distinct().execute()
    of_unit = {unit: set(who) for unit, who in peers.groupby("org_id")["person_id"]}
    reach = {
        supplier: dict(zip(part["official_id"], part["strength"], strict=True))
        for supplier, part in paths.groupby("supplier")
    }
    liaisons = _liaisons(inputs)
    leads, evidence, counters = [], [], []
    excluded: dict[str, str] = {}
    for row in met.to_dict("records"):
        official, supplier = row["official_id"], row["supplier"]
        ordered = (official, supplier) in liaisons
        if ordered and row["tie"] == "self" and "phone" in row["how"]:
            excluded[official] = _LIAISON.both()
            continue
        others = of_unit.get(row["unit_id"], set()) - {official}
        also = sum(reach[supplier].get(name, 0) >= row["strength"] for name in others)
        lead = f"{official}|{supplier}"
        leads.append(_lead(lead, row, also, len(others)))
        evidence += _evidence(lead, row)
        counters += _counters(lead, row, also, len(others), ordered, inputs)
    told = {row["subjects"][0]["id"] for row in leads}
    suppliers = set(zip(say["official_id"], say["supplier"], strict=True))
    for official, _ in sorted(set(liaisons) & suppliers):
        excluded.setdefault(official, _LIAISON.both())
    for official in sorted(set(_by_hub(inputs, pairs)["official_id"])):
        excluded.setdefault(official, _HUB.both())
    everyone = set(peers["person_id"])
    dark = dict.fromkeys(everyone - set(say["official_id"]), _NONE.both())
    return Result(
        assessed(told, everyone, dark, excluded),
        frame(leads, LEADS),
        frame(evidence, EVIDENCE),
        frame(counters, COUNTERS),
    )


def _most_involved(met: pd.DataFrame) -> pd.DataFrame:
    """Of the officials who reach a supplier over one colleague, those with the most authority, told most often."""
    colleague = met["tie"] == "colleague"
    ranked = met[colleague].sort_values(
        ["supplier", "node", "authority", "matters"], ascending=[True, True, False, False]
    )
    most = ranked.groupby(["supplier", "node"])[["authority", "matters"]].transform("first")
    keep = (ranked["authority"] == most["authority"]) & (ranked["matters"] == most["matters"])
    return pd.concat([met[~colleague], ranked[keep]])


def _liaisons(inputs: Inputs) -> dict[tuple[str, str], str]:
    """Ordered contacts that count, (official, firm) -> row: numbered, of a body where the official has no post."""
    if not inputs.has("liaisons"):
        return {}
    posts = inputs.table("appointments").select(who="person_id", own="org_id").distinct()
    rows = inputs.table("liaisons").filter(lambda t: t.document_no.notnull() & t.issued_by_id.notnull())
    rows = rows.anti_join(posts, [("person_id", "who"), ("issued_by_id", "own")])
    found = rows.select("person_id", "org_id", "row_key").execute()
    return dict(zip(zip(found["person_id"], found["org_id"], strict=True), found["row_key"], strict=True))


def _by_hub(inputs: Inputs, pairs: ir.Table) -> pd.DataFrame:
    """Officials one of whose circle shares an address or phone of many with a supplier of theirs."""
    parts = []
    for column in ("phone", "address"):
        values = sorted(common(inputs, column).execute()["value"])
        persons, firms = inputs.table("persons"), inputs.table("organizations")
        theirs = persons.select(known="person_id", value=plain(persons[column], column))
        mine = people(inputs).join(theirs.filter(theirs.value.isin(values)), [("person_id", "known")])
        sold = firms.select(seller="org_id", value=plain(firms[column], column))
        sold = pairs.join(sold.filter(sold.value.isin(values)), [("supplier", "seller")])
        both = [one.select("official_id", "value").distinct().execute() for one in (mine, sold)]
        parts.append(both[0].merge(both[1], on=["official_id", "value"]))
    return pd.concat(parts)


def _lead(lead: str, row: dict[str, Any], also: int, others: int) -> dict[str, Any]:
    official, supplier = row["official_id"], row["supplier"]
    role = "colleague" if row["tie"] == "colleague" else "kin"
    between = [] if row["tie"] == "self" else [party(row["node"], role)]
    rarity = 1 - also / others if others else 1.0
    score = row["strength"] * row["authority"] * (0.55 + 0.1 * (3 - row["length"]) + 0.15 * rarity)
    return {
        "lead": lead,
        "subjects": [party(official, "official"), party(supplier, "supplier"), *between],
        "objects": [thing("organizations", supplier)],
        "kind": "link",
        "severity": "red" if row["authority"] >= 1 and row["strength"] >= 0.8 and role != "colleague" else "yellow",
        "value": row["strength"],
        "score": round(float(score), 4),
        "p_value": None,
        "amount": None,
        "period_start": row["first_on"],
        "period_end": row["last_on"],
        "fence": f"strength >= 0.5 in at most 3 steps; {also} of {others} others of the unit have as strong a path",
        "steps": row["length"],
        "path": f"{row['tie']} < {' < '.join(reversed(row['how'].split('>')))}",
    }


def _evidence(lead: str, row: dict[str, Any]) -> list[dict[str, str]]:
    rows: Cited = {}
    cite(rows, row["path_rows"], "path")
    cite(rows, row["tie_rows"], "link")
    cite(rows, row["rows"], "authority")
    return cited(lead, rows)


def _counters(
    lead: str, row: dict[str, Any], also: int, others: int, ordered: bool, inputs: Inputs
) -> list[dict[str, str]]:
    steps = row["how"].split(">")
    common = others >= 4 and also >= others / 2 and row["authority"] < 1
    note = Text(
        f"同单位 {others} 人中有 {also} 人路径相当", f"{also} of {others} others of the unit have as strong a path"
    )
    liaison = Text("另有挂钩联系，不解释此路径", "there is an ordered liaison too, which does not explain this path")
    return [
        counter(lead, "liaison", False if inputs.has("liaisons") else None, liaison.both() if ordered else ""),
        counter(lead, "hub", False, Text("共用号码、地址的不超过限数", "few share the number or address").both()
                if set(steps) & {"phone", "address"} else ""),
        counter(lead, "everybody", common if others else None, note.both()),
    ]  # fmt: skip


INDICATOR = Indicator(
    id="rel-official-supplier-path",
    number=20,
    title=Text("官商关系短链", "Short path to a supplier"),
    question=Text(
        "公职人员与其单位的供应商之间，是否存在三步以内的亲属、任职、持股或共用联系方式的链条？",
        "Does a chain of at most three steps (kin, post, holding, shared contact) lead from an official to a supplier "
        "of the official's unit?",
    ),
    summary=Text(
        "{official}与其单位供应商{supplier}之间有 {steps} 步路径（{path}），强度 {value:.2f}。",
        "A path of {steps} steps ({path}), strength {value:.2f}, leads from {official} to {supplier}, a supplier of "
        "the unit.",
    ),
    innocent=(
        Innocent(
            "liaison",
            Text("组织指派的包保、挂钩联系。", "A contact ordered by policy."),
            Text("有文号且由其他单位印发的联系不作为路径。", "A numbered liaison of another body is no path."),
        ),
        Innocent(
            "hub",
            Text("集群注册地址、代办电话等多家共用。", "A registered agent's address or phone."),
            Text("共用者过多的不计。", "Values with many users do not count."),
        ),
        Innocent(
            "everybody",
            Text("单位里多数人都有同样的路径。", "Most of the unit have the same path."),
            Text("与同单位其他人比较。", "Compared with the others of the unit."),
        ),
    ),
    next_steps=(
        Text("核实链条上每一环的原始材料。", "Verify the papers behind each step."),
        Text("查其在采购各环节的签字和打招呼情况。", "Look at the official's part in each step of the purchases."),
        Text("查是否申报、回避。", "Look for declarations and recusals."),
    ),
    kinds=("link",),
    subject="person",
    needs={
        "appointments": ("person_id", "org_id", "start_date"),
        "contracts": ("contract_id", "buyer_id", "supplier_id", "signed_on"),
        "organizations": ("org_id",),
    },
    uses=("persons", "bids", "tenders", "accounts", "liaisons"),
    relations=("authority", "links", "control"),
    params=(
        Param("min_strength", 0.5, "strength", Text("弱于此的只作背景。", "Weaker paths are context."), 0.1, 1),
        Param(
            "max_degree", 50, "links", Text("联系过多的节点不说明关系。", "A node of more links says nothing."), 5, 1000
        ),
        Param(
            "max_shared_contact",
            5,
            "users",
            Text("更多人共用的号码、地址不说明关系。", "Shared by more, it says nothing."),
            2,
            100,
        ),
    ),
    references=(
        Reference("曲靖, 2022: most of the cases of a campaign were ties between officials and firms"),
        Reference("株洲, 2024: works given to friends of the head"),
        Reference("OCP (2024), Red Flags in Public Procurement: R043 conflict of interest"),
    ),
    value_unit=Text(
        "路径强度（各步之积），越高越直接", "strength of the path (product of steps); higher is more direct"
    ),
    engine="kernel",
    example=Example(
        tables={
            "persons": "person_id,name,phone,address\nO,甲,,\nW,其妻,13000000001,\nX,老板,13000000001,\nQ,乙,,\n"
            "R,丙,,\nS,其妻,,园区1号集群注册点\nZ,无供应商,,\n",
            "organizations": "org_id,name,kind,address\nU,城管局,government,\nV,教育局,government,\n"
            "Y,档案局,government,\nM,绿化公司,private,\nN,信息公司,private,\nE,印务公司,private,园区1号集群注册点\nF,商贸公司,private,\nG,保洁公司,private,\n",
            "appointments": "person_id,org_id,post,start_date,is_leadership\nO,U,副局长,2015-01-01,true\n"
            "Q,V,副局长,2015-01-01,true\nR,V,副局长,2015-01-01,true\nZ,Y,副局长,2015-01-01,true\nT,G,局长,2015-01-01,true\n",
            "kinships": "person_id,relative_id,relation\nO,W,spouse\nR,S,spouse\n",
            # O - wife - same phone - boss - runs M: three steps, 1 * 0.8 * 1. R's wife shares only an agent's address.
            "directorships": "org_id,person_id,role\nM,X,legal_representative\n",
            "liaisons": "person_id,org_id,basis,issued_by_id,document_no,start_date\n"
            "Q,N,包保,Y,市办〔2015〕3号,2015-06-01\n",
            "contracts": "contract_id,buyer_id,supplier_id,amount,signed_on,method\nC1,U,M,500000,2018-01-01,open\n"
            "C2,V,N,500000,2018-01-01,open\nC3,V,E,500000,2018-01-01,open\nC4,G,F,500000,2018-01-01,open\n",
        },
        flags=frozenset({"O"}),
        leaves=frozenset({"T"}),
        others={"Q": "excluded", "R": "excluded", "Z": "not_assessable"},
    ),
    compute=_compute,
)
