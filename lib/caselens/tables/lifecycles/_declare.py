"""How a lifecycle is declared: stages with labels, and for each the stages it presupposes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from caselens.core.errors import NotAssessable
from caselens.core.text import Text


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage or event of a project.

    Attributes:
        id: the code in ``project_events.stage``.
        label: what a report calls it.
        after: stages it directly presupposes; empty for a first stage and for an event that may fall anywhere.
        ordered: ``False`` for an event that may happen at any time and presupposes nothing (a site log, a design
            change).
        optional: not every project needs it. Where it happens its place in the order holds; where it is absent that
            alone says nothing, even inside complete coverage.
    """

    id: str
    label: Text
    after: tuple[str, ...] = ()
    ordered: bool = True
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """Another order of the same stages, under another way of delivery.

    ``after`` gives, for the stages that differ only, what they presuppose instead.
    """

    delivery: str
    label: Text
    after: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The partial order of the stages of one kind of project.

    Attributes:
        id: the code in ``projects.lifecycle``.
        title: what a report calls it.
        stages: in the order a time line shows them.
        references: where the order is laid down.
        delivery: the way of delivery the stages' own ``after`` describes; an empty ``projects.delivery`` means it.
            Empty where the lifecycle knows no ways of delivery; ``projects.delivery`` then plays no part.
        variants: the other ways of delivery.

    Raises:
        ValueError: a stage is declared twice, presupposes one that is not declared or an unordered one, an unordered
            stage presupposes something, or the order of a variant runs in a circle.
    """

    id: str
    title: Text
    stages: tuple[Stage, ...]
    references: tuple[Text, ...]
    delivery: str = ""
    variants: tuple[Variant, ...] = ()

    def __post_init__(self) -> None:
        names = [stage.id for stage in self.stages]
        if len(set(names)) != len(names):
            raise ValueError(f"lifecycle {self.id}: a stage is declared twice")
        ordered = {stage.id for stage in self.stages if stage.ordered}
        for delivery in self.deliveries:
            direct = self._direct(delivery)
            for stage, before in direct.items():
                strange = [name for name in before if name not in ordered]
                if strange or (before and stage not in ordered):
                    raise ValueError(f"lifecycle {self.id}: {stage} cannot presuppose {', '.join(before)}")
            try:
                TopologicalSorter(direct).prepare()
            except CycleError as error:
                raise ValueError(
                    f"lifecycle {self.id}, {delivery or 'only order'}: a circle {error.args[1]}"
                ) from error

    def __getitem__(self, stage: str) -> Stage:
        """The stage called ``stage``; a ``KeyError`` lists the stages there are."""
        for candidate in self.stages:
            if candidate.id == stage:
                return candidate
        raise KeyError(f"lifecycle {self.id} has no stage {stage!r}; it has {', '.join(s.id for s in self.stages)}")

    @property
    def deliveries(self) -> tuple[str, ...]:
        """The ways of delivery it has an order for, the usual one first."""
        return (self.delivery, *(variant.delivery for variant in self.variants))

    def order(self, delivery: str | None = None) -> Mapping[str, frozenset[str]]:
        """For each ordered stage all stages it presupposes, directly or through others.

        Args:
            delivery: the code in ``projects.delivery``; ``None`` or empty means the usual way. Ignored where the
                lifecycle knows no ways of delivery.

        Raises:
            NotAssessable: the lifecycle has no order for this way of delivery.
        """
        direct = self._direct(self._known(delivery))
        closed: dict[str, frozenset[str]] = {}
        for stage in TopologicalSorter(direct).static_order():
            closed[stage] = frozenset(direct[stage]).union(*(closed[name] for name in direct[stage]))
        return {stage.id: closed[stage.id] for stage in self.stages if stage.ordered}

    def _known(self, delivery: str | None) -> str:
        if not self.delivery or not delivery:
            return self.delivery
        if delivery not in self.deliveries:
            raise NotAssessable(
                f"lifecycle {self.id} has no order of stages for projects.delivery {delivery!r}; "
                f"it has {', '.join(self.deliveries)}"
            )
        return delivery

    def _direct(self, delivery: str) -> dict[str, tuple[str, ...]]:
        direct = {stage.id: stage.after for stage in self.stages}
        for variant in self.variants:
            if variant.delivery == delivery:
                unknown = [stage for stage, _ in variant.after if stage not in direct]
                if unknown:
                    raise ValueError(f"lifecycle {self.id}: variant {delivery} names unknown {', '.join(unknown)}")
                direct.update(variant.after)
        return direct
