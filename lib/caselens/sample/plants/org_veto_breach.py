"""An item passed although the rule of vetoes says that it failed."""

from __future__ import annotations

from datetime import date, timedelta

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample import _making
from caselens.sample._city import City
from caselens.sample._time import some_day, workday
from caselens.sample.background.decisions import vote
from caselens.sample.background.units import unit as new_unit
from caselens.sample.plants._declare import Plant, Planted, PlantKind

#: Votes of the chair and six members; what else happens is below.
_VOTES = {
    ("easy", 0): ["for", "for", "against", "for", "for", "for", "for"],
    ("easy", 1): ["for", "abstain", "for", "for", "abstain", "for", "for"],
    ("hard", 0): ["abstain", "for", "for", "for", "for", "abstain", "for"],
    ("hard", 1): ["for", "for", "for", "against", "recused", "for", "absent"],
    ("decoy", 0): ["for", "against", "for", "for", "for", "for", "for"],
    ("decoy", 1): ["against", "for", "for", "for", "for", "for", "abstain"],
}
_RULE = "评审委员会七人，除主任委员外均有一票否决权，两票弃权或一票否决视为不通过"


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: one veto; two abstentions. Hard: the chair's abstention is the second; a veto amid a recusal and an
    absence, put to the vote again and still against. Decoys: before the rule was in force; only the chair was against.
    """
    name = ("国金资本", "国泰保理", "汇信租赁", "恒源基金", "信达担保", "致远投资")[
        ("easy", "hard", "decoy").index(kind) * 2 + number
    ]
    body = new_unit(city, rng, "新设单位", f"云江{name}有限公司", "state_owned", city.units["国投集团"][0])
    since = date(2022, 3, 1)
    city.add(
        "unit_events",
        org_id=body,
        kind="rule_in_force",
        happened_on=since,
        document_no="云国投〔2022〕15号",
        text=_RULE,
    )
    members = [
        _making.official(city, rng, body, "评审委员", leadership=place == 0, start=date(2017, 1, 1))
        for place in range(7)
    ]
    before = (kind, number) == ("decoy", 0)
    when = workday(
        some_day(rng, date(2020, 2, 1), date(2021, 9, 1))
        if before
        else some_day(rng, date(2022, 6, 1), date(2025, 9, 1))
    )
    for _ in range(7):
        vote(
            city,
            rng,
            body,
            members,
            ["for"] * 7,
            workday(some_day(rng, date(2022, 4, 1), date(2026, 3, 1))),
            passed=True,
        )
    vote(
        city,
        rng,
        body,
        members,
        ["for", "for", "against", "for", "for", "for", "for"],
        workday(date(2023, 5, 9)),
        passed=False,
    )
    votes = _VOTES[kind, number]
    rows = vote(city, rng, body, members, votes, when, passed=True, item=(item := int(city.new("meetings")[0])))
    if (kind, number) == ("hard", 1):
        rows += vote(
            city,
            rng,
            body,
            members,
            ["for", "for", "for", "against", "for", "for", "for"],
            workday(when + timedelta(days=20)),
            passed=True,
            item=item,
        )
    why = {
        "easy": Text(
            "有一票否决或两票弃权，项目仍获通过。", "There was a veto, or two abstentions, and yet the item passed."
        ),
        "hard": Text(
            "主任的弃权也计入；或复议后仍有否决票。",
            "The chair's abstention counts too; or the veto stood when voted again.",
        ),
        "decoy": Text(
            "规则尚未生效，或仅主任反对，其票不构成否决。",
            "The rule was not in force, or only the chair was against, whose vote is no veto.",
        ),
    }[kind]
    return Planted(((body, "body"),), (item,), None, tuple(rows), why)


PLANT = Plant("org-veto-breach", plant)
