"""What must come before what: the agreed order of engineering projects, and what every lifecycle must keep to."""

from itertools import permutations

import pytest

from caselens.core.errors import NotAssessable
from caselens.core.text import Text
from caselens.tables import TABLES
from caselens.tables.lifecycles import LIFECYCLES, STAGES, Lifecycle, Stage, Variant

every = pytest.mark.parametrize("lifecycle", LIFECYCLES.values(), ids=list(LIFECYCLES))
ENGINEERING = LIFECYCLES["engineering"]

#: After land and planning, which may overlap.
CHAIN = (
    "survey_design",
    "tendering",
    "contract",
    "construction_permit",
    "construction_start",
    "acceptance",
    "audit",
    "payment",
)


def test_each_step_of_an_engineering_project_presupposes_all_earlier_ones() -> None:
    order = ENGINEERING.order()
    assert order["initiation"] == frozenset()
    assert order["land"] == order["planning"] == {"initiation"}  # they may overlap
    for position, stage in enumerate(CHAIN):
        assert {"initiation", "land", "planning", *CHAIN[:position]} <= order[stage], stage
        assert not order[stage] & set(CHAIN[position:]), stage


def test_both_supervisions_come_between_contract_and_permit_in_either_order() -> None:
    order = ENGINEERING.order()
    for stage, other in permutations(("quality_supervision", "safety_supervision")):
        assert "contract" in order[stage]
        assert stage in order["construction_permit"]
        assert other not in order[stage]


def test_under_epc_tendering_precedes_design_and_the_rest_stays() -> None:
    usual, epc = ENGINEERING.order("design_bid_build"), ENGINEERING.order("epc")
    assert "survey_design" in usual["tendering"]
    assert "tendering" not in usual["survey_design"]
    assert "tendering" in epc["survey_design"]
    assert "survey_design" not in epc["tendering"]
    assert {"land", "planning"} <= epc["tendering"]
    assert "survey_design" in epc["construction_permit"], "nothing is built without drawings"
    assert epc["payment"] == usual["payment"]


def test_events_that_may_fall_anywhere_take_no_part_in_the_order() -> None:
    order = ENGINEERING.order()
    for stage in ("emergency_order", "design_change", "progress_payment", "registration", "commitment_approval"):
        assert not ENGINEERING[stage].ordered
        assert stage not in order
        assert all(stage not in before for before in order.values())


def test_an_empty_delivery_is_the_usual_one_and_an_unknown_one_is_not_guessed() -> None:
    assert ENGINEERING.order("") == ENGINEERING.order(None) == ENGINEERING.order("design_bid_build")
    with pytest.raises(NotAssessable, match=r"'turnkey'.*design_bid_build, epc"):
        ENGINEERING.order("turnkey")
    # A purchase knows no ways of delivery, so whatever the column holds changes nothing.
    assert LIFECYCLES["procurement"].order("turnkey") == LIFECYCLES["procurement"].order()


def test_optional_stages_keep_their_place_without_being_demanded() -> None:
    procurement = LIFECYCLES["procurement"]
    assert procurement["method_approval"].optional
    assert "method_approval" in procurement.order()["tendering"]
    assert not procurement["contract"].optional


@every
def test_no_stage_presupposes_itself_under_any_delivery(lifecycle: Lifecycle) -> None:
    for delivery in lifecycle.deliveries:
        order = lifecycle.order(delivery)
        assert all(stage not in before for stage, before in order.items())
        assert any(not before for before in order.values()), "something must come first"
        for stage, before in order.items():  # what a presupposed stage presupposes is presupposed too
            assert all(order[name] <= before for name in before), stage


@every
def test_stages_are_listed_in_an_order_that_is_possible(lifecycle: Lifecycle) -> None:
    seen: set[str] = set()
    for stage in lifecycle.stages:
        assert set(stage.after) <= seen, f"{stage.id} stands before what it presupposes"
        seen.add(stage.id)


@every
def test_labels_differ_and_a_source_is_named(lifecycle: Lifecycle) -> None:
    for side in ("zh", "en"):
        labels = [getattr(stage.label, side) for stage in lifecycle.stages]
        assert sorted(set(labels)) == sorted(labels)
    assert lifecycle.references


def test_the_tables_take_their_codes_from_the_lifecycles() -> None:
    assert set(TABLES["projects"]["lifecycle"].codes) == set(LIFECYCLES)
    assert {"engineering", "procurement", "investment_promotion", "land_use", "subsidy"} <= set(LIFECYCLES)
    assert TABLES["project_events"]["stage"].codes == STAGES
    assert {stage.id for life in LIFECYCLES.values() for stage in life.stages} == set(STAGES)
    deliveries = {d for life in LIFECYCLES.values() for d in life.deliveries if d}
    assert set(TABLES["projects"]["delivery"].codes) == deliveries


A, B = Text("甲", "A"), Text("乙", "B")


@pytest.mark.parametrize(
    ("stages", "variants", "message"),
    [
        ((Stage("a", A), Stage("a", B)), (), "declared twice"),
        ((Stage("a", A, after=("b",)),), (), "a cannot presuppose b"),
        ((Stage("a", A, ordered=False), Stage("b", B, after=("a",))), (), "b cannot presuppose a"),
        ((Stage("a", A), Stage("b", B, after=("a",), ordered=False)), (), "b cannot presuppose a"),
        ((Stage("a", A, after=("b",)), Stage("b", B, after=("a",))), (), "circle"),
        ((Stage("a", A), Stage("b", B, after=("a",))), (Variant("epc", A, (("a", ("b",)),)),), "epc: a circle"),
        ((Stage("a", A),), (Variant("epc", A, (("c", ("a",)),)),), "unknown c"),
    ],
)
def test_a_wrong_lifecycle_is_refused_at_once(
    stages: tuple[Stage, ...], variants: tuple[Variant, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Lifecycle("toys", A, stages, (B,), delivery="usual", variants=variants)
