"""A lender of an official's side whose borrowers are mostly firms under the official's authority.

Lenders are the persons of the circle and the firms that they hold or run; loans are the financings on file and, for
pairs without one, payments out with a memo of a loan answered by payments of interest. A borrower counts as regulated
where the official has authority of at least 0.7 over it on the day the loan began. Borrowers are firms, and persons who
hold or run one: households borrow everywhere. A loan whose money first went from the borrower to the lender is none.

Null: the lender's borrowers are drawn from all local borrowers regardless of who regulates them; one-sided Fisher exact
test of the regulated share against the borrowers of all other lenders, those of the lender's own region where at least
``min_others`` are on record, else of the city. A lead needs three regulated borrowers and p < 0.01; or three and half
of the lender's interest, which is a link without p. Where half of the local borrowers of other lenders are regulated
too (a mining county) it is excluded.
"""

from __future__ import annotations

from typing import Any

import ibis.expr.types as ir
import pandas as pd
from scipy.stats import hypergeom

from caselens.core.text import Text
from caselens.indicators._answers import COUNTERS, EVIDENCE, LEADS, assessed, counter, frame, party, thing
from caselens.indicators._chance import smallest_of, surprise
from caselens.indicators._circle import Cited, cite, cited, during
from caselens.indicators._declare import Example, Indicator, Innocent, Inputs, Param, Reference, Result
from caselens.indicators._lending import judged_of, loans_of, moved_of
from caselens.relations import tenths

_FEW = Text("借款人少于三家", "fewer than three borrowers")
_COUNTY = Text("当地其他放贷人的借款人也多为受管理企业", "most borrowers of other lenders are regulated too")


def _lenders(inputs: Inputs, loans: ir.Table) -> pd.DataFrame:
    """Linked lenders: ``official_id, lender, via, how, link_rows``; a post in a public lender is office, not kin."""
    links = inputs.relation("links")
    kinds = inputs.table("organizations").select(org="org_id", kind="kind").distinct(on="org")
    mine = links.semi_join(loans, [("party_id", "lender")]).left_join(kinds, [("party_id", "org")])
    mine = mine.filter(~mine.kind.fill_null("private").isin(["state_owned", "government", "public_institution"]))
    found = mine.select(
        "official_id", "how", "degree", "since", "until", lender="party_id", via="via_id", link_rows="rows"
    ).execute()
    return found.sort_values(["official_id", "lender", "degree", "how", "via"])


def _regulated(inputs: Inputs, loans: ir.Table, officials: set[str]) -> pd.DataFrame:
    """Loans to firms under an official on that day: ``official_id, lender, borrower, loan_key, strength, rows``."""
    authority = inputs.relation("authority").filter(lambda t: t.official_id.isin(sorted(officials)))
    strong = authority.filter(authority.strength >= tenths(7))
    joined = loans.join(strong, [("borrower", "party_id")])
    joined = joined.filter(during(joined.began, joined.since, joined.until))
    rows = joined.select("official_id", "lender", "borrower", "loan_key", "strength", "rows").execute()
    rows["order"] = rows["rows"].map(str)
    rows = rows.sort_values(["official_id", "loan_key", "strength", "order"], ascending=[True, True, False, True])
    return rows.drop_duplicates(["official_id", "loan_key"]).drop(columns="order")


def _compute(inputs: Inputs) -> Result:
    loans = loans_of(inputs)
    linked = _lenders(inputs, loans)
    officials = set(linked["official_id"])
    regulated = _regulated(inputs, loans, officials)
    city = loans.execute().sort_values(["lender", "began", "loan_key"])
    moved = moved_of(inputs, set(linked["lender"]))
    regions = _regions(inputs)
    judged = {
        lender: judged_of(mine, moved) for lender, mine in city[city["lender"].isin(linked["lender"])].groupby("lender")
    }
    leads, evidence, counters = [], [], []
    chances: dict[str, list[float]] = {}
    excluded: dict[str, str] = {}
    few: set[str] = set()
    hits: set[str] = set()
    for (official, lender), ties in linked.groupby(["official_id", "lender"], sort=True):
        mine = judged[lender][~judged[lender]["is_reversed"]]
        under = regulated[regulated["official_id"] == official]
        theirs = set(under.loc[under["lender"] == lender, "borrower"]) & set(mine["borrower"])
        borrowers = set(mine["borrower"])
        if len(borrowers) < inputs["min_borrowers"]:
            few.add(official)
            continue
        others = _local(set(city.loc[city["lender"] != lender, "borrower"]), lender, regions, inputs["min_others"])
        also = len(others & set(under.loc[under["lender"] != lender, "borrower"]))
        p = None
        if len(others) >= inputs["min_others"]:
            total, all_regulated = len(borrowers) + len(others), len(theirs) + also
            p = float(hypergeom.sf(len(theirs) - 1, total, all_regulated, len(borrowers)))
            chances.setdefault(official, []).append(p)
        interest = mine["interest"].sum()
        share = float(mine.loc[mine["borrower"].isin(theirs), "interest"].sum() / interest) if interest > 0 else 0.0
        if len(theirs) < inputs["min_borrowers"]:
            continue
        captive = p is not None and p < inputs["max_p"]
        if not captive and share < inputs["min_interest"] - 1e-9:
            continue
        if not captive and p is not None and p > 0.1 and also >= len(others) / 2:
            excluded[official] = _COUNTY.both()
            continue
        lead = f"{official}|{lender}"
        hits.add(official)
        only = regions.get(lender) is not None and not any(
            regions.get(name) == regions[lender] for name in set(city["lender"]) - {lender}
        )
        counts = (len(theirs), len(borrowers), also, len(others))
        leads.append(_lead(lead, ties, mine[mine["borrower"].isin(theirs)], counts, p if captive else None, share))
        evidence += _evidence(lead, ties, mine, under[under["lender"] == lender])
        counters += [
            counter(lead, "only_lender", only if lender in regions else None),
            counter(lead, "same_trade", also >= len(others) / 2 if others else None,
                    Text(f"其他放贷人的 {len(others)} 家借款人中有 {also} 家",
                         f"{also} of {len(others)} borrowers of other lenders").both()),
        ]  # fmt: skip
    return Result(
        _assessed(inputs, hits, chances, excluded, officials, few), frame(leads, LEADS), frame(evidence, EVIDENCE),
        frame(counters, COUNTERS),
    )  # fmt: skip


def _assessed(
    inputs: Inputs,
    hits: set[str],
    chances: dict[str, list[float]],
    excluded: dict[str, str],
    lending: set[str],
    few: set[str],
) -> pd.DataFrame:
    everyone = set(inputs.table("appointments").select("person_id").distinct().execute()["person_id"])
    links = inputs.relation("links")
    known = set(links.filter(links.how != "self").select("official_id").distinct().execute()["official_id"])
    nobody = Text("没有该公职人员亲属或企业的记录", "no relative or firm of the official is on record").both()
    dark = dict.fromkeys(everyone - known - lending, nobody)
    dark |= dict.fromkeys(few - set(chances) - hits, _FEW.both())
    told = assessed(hits, known | lending, dark, excluded)
    return told.assign(p_value=[
        smallest_of(pd.Series(chances[name]).to_numpy()) if name in chances else None for name in told["subject_id"]
    ])  # fmt: skip


def _regions(inputs: Inputs) -> dict[str, str]:
    """Region of every lender and borrower on file that has one."""
    loans = inputs.table("financings")
    sides = loans.select(side="lender_id").union(loans.select(side="borrower_id")).distinct()
    units = inputs.table("organizations").filter(lambda t: t.region.notnull()).semi_join(sides, [("org_id", "side")])
    found = units.select("org_id", "region").execute()
    return dict(zip(found["org_id"], found["region"], strict=True))


def _local(others: set[str], lender: str, regions: dict[str, str], least: int) -> set[str]:
    """The borrowers of the lender's region, where enough are on record; else all."""
    near = {name for name in others if lender in regions and regions.get(name) == regions[lender]}
    return near if len(near) >= least else others


def _lead(
    lead: str,
    ties: pd.DataFrame,
    theirs: pd.DataFrame,
    counts: tuple[int, int, int, int],
    p: float | None,
    share: float,
) -> dict[str, Any]:
    tie = ties.iloc[0]
    regulated, borrowers, also, others = counts
    kin = sorted(set(ties["via"]) - {tie["official_id"]})
    person = [party(name, "kin") for name in kin]
    score = (0.35 + 0.3 * regulated / borrowers + 0.25 * share) * (1 if p is None else 0.6 + 0.4 * surprise(p))
    return {
        "lead": lead,
        "subjects": [party(tie["official_id"], "official"), *person]
        + ([party(tie["lender"], "lender")] if tie["lender"] not in kin else [])
        + [party(name, "context") for name in sorted(set(theirs["borrower"]))],
        "objects": [thing("persons" if tie["lender"] in ties["via"].to_list() else "organizations", tie["lender"])]
        + [thing("financings", row.loan) for row in theirs.itertuples() if row.loan_table == "financings"],
        "kind": "link" if p is None else "statistical",
        "severity": "red" if share >= 0.5 and regulated / borrowers >= 0.5 else "yellow",
        "value": regulated / borrowers,
        "score": round(score, 4),
        "p_value": p,
        "amount": round(float(theirs["interest"].sum()), 2),
        "period_start": pd.Timestamp(theirs["began"].min()).date(),
        "period_end": None,
        "fence": f"{regulated} of {borrowers} borrowers regulated; other lenders: {also} of {others}; "
        f"share of interest {share:.0%}, mean rate {theirs['rate'].mean():.1%}",
        "regulated": regulated,
        "borrowers": borrowers,
        "who_zh": ("亲属企业" if kin else "本人企业"),
        "who_en": ("a relative's lender" if kin else "the own lender"),
        "share_text": f"{share:.0%}",
    }


def _evidence(lead: str, ties: pd.DataFrame, mine: pd.DataFrame, under: pd.DataFrame) -> list[dict[str, str]]:
    rows: Cited = {}
    wanted = set(under["loan_key"])
    for row in mine.to_dict("records"):
        rows[(row["loan_table"], row["loan_key"])] = "loan" if row["loan_key"] in wanted else "other_loan"
        if row["loan_key"] in wanted:
            rows |= {("payments", key): rows.get(("payments", key), "payment") for key in row["keys"]}
    for found in under["rows"]:
        cite(rows, found, "authority")
    for found in ties["link_rows"]:
        cite(rows, found, "link")
    return cited(lead, rows)


INDICATOR = Indicator(
    id="rel-captive-borrowers",
    number=18,
    title=Text("亲属放贷对象集中", "Relative's lender, supervised borrowers"),
    question=Text(
        "公职人员亲属的放贷企业，借款人是否主要是其管理服务的企业？",
        "Does a lender of an official's side lend mainly to firms under the official's authority?",
    ),
    summary=Text(
        "{who_zh}的 {borrowers} 家借款人中有 {regulated} 家受{official}管理，其利息占 {share_text}。",
        "Of {borrowers} borrowers of {who_en}, {regulated} are under the authority of {official}; they pay "
        "{share_text} of its interest.",
    ),
    innocent=(
        Innocent(
            "only_lender",
            Text("当地只有这一家放贷机构。", "It is the only lender of the place."),
            Text("查同地区有无其他放贷人。", "Other lenders of the same region are looked up."),
        ),
        Innocent(
            "same_trade",
            Text(
                "当地企业大多属于同一行业、同受管理。", "Most firms of the place are of that trade, and so regulated."
            ),
            Text(
                "与其他放贷人的借款人比较；其过半受管理且无差异的排除。",
                "Compared with borrowers of other lenders; where most are regulated too: excluded.",
            ),
        ),
    ),
    next_steps=(
        Text("询问借款企业：谁提出向该企业借款。", "Ask the borrowers who proposed this lender."),
        Text("查拒绝借款的企业此后的审批情况。", "Look at the permits of firms that refused to borrow."),
        Text("核对借款利率与市场利率。", "Compare the rates with the market."),
    ),
    kinds=("statistical", "link"),
    subject="person",
    needs={
        "appointments": ("person_id", "org_id", "start_date"),
        "financings": ("financing_id", "borrower_id", "lender_id", "principal", "start_date"),
        "organizations": ("org_id",),
    },
    uses=("payments", "accounts"),
    relations=("authority", "links", "control"),
    params=(
        Param(
            "min_borrowers", 3, "borrowers", Text("少于三家说明不了偏向。", "Fewer than three show no pattern."), 2, 50
        ),
        Param("max_p", 0.01, "probability", Text("偶然概率上限。", "Chance at most this."), 0.0001, 0.2),
        Param(
            "min_interest", 0.5, "share", Text("利息过半来自受管理企业。", "Half of the interest from them."), 0.1, 1
        ),
        Param(
            "min_others",
            8,
            "borrowers",
            Text("其他借款人太少则无从比较。", "With fewer others nothing to compare."),
            3,
            1000,
        ),
    ),
    references=(
        Reference("曲靖, 2022: mines were led to borrow from a relative's loan company"),
        Reference("Fisher (1922), On the interpretation of chi-squared from contingency tables"),
    ),
    value_unit=Text("借款人中受管理企业的比例，越高越集中", "share of regulated borrowers; higher means more captive"),
    engine="kernel",
    example=Example(
        tables={
            "persons": "person_id,name\nO,甲\nB,其弟\nQ,乙\nS,其妹\nR,丙\nT,其妻\nZ,无记录\n",
            "organizations": "org_id,name,kind\nU,公安局,government\nV,教育局,government\nL,贷款公司,private\n"
            "N,小贷公司,private\nK,银行,financial\n"
            + "".join(f"M{i},煤矿{i},private\n" for i in range(1, 6))
            + "".join(f"E{i},商店{i},private\n" for i in range(1, 21)),
            "appointments": "person_id,org_id,post,start_date,is_leadership\nO,U,副局长,2012-01-01,true\n"
            "Q,V,副局长,2012-01-01,true\nR,V,副局长,2012-01-01,true\nZ,V,科员,2012-01-01,false\n",
            "kinships": "person_id,relative_id,relation\nO,B,sibling\nQ,S,sibling\nR,T,spouse\n",
            "oversight": "authority_id,subject_id,remit\n" + "".join(f"U,M{i},explosives\n" for i in range(1, 6)),
            "ownerships": "org_id,holder_id,share,start_date\nL,B,0.5,2013-01-01\nN,S,0.5,2013-01-01\n",
            # L: four of five borrowers are mines; of the 21 others (20 shops and a mine) one is. Fisher exact test:
            # (C(5,4) C(21,1) + C(5,5)) / C(26,5) = 106 / 65780 = 0.0016.
            "financings": "financing_id,kind,borrower_id,lender_id,principal,annual_rate,start_date,maturity_date\n"
            + "".join(
                f"F{i},private,{b},L,100000,0.15,2016-01-01,2018-01-01\n"
                for i, b in enumerate(["M1", "M2", "M3", "M4", "E1"])
            )
            + "".join(f"G{i},private,E{i},N,100000,0.15,2016-01-01,2018-01-01\n" for i in range(1, 5))
            + "H0,loan,M5,K,100000,0.05,2016-01-01,2018-01-01\n"
            + "".join(f"H{i},loan,E{i},K,100000,0.05,2016-01-01,2018-01-01\n" for i in range(2, 21)),
        },
        flags=frozenset({"O"}),
        leaves=frozenset({"Q", "R"}),
        others={"Z": "not_assessable"},
    ),
    compute=_compute,
)
