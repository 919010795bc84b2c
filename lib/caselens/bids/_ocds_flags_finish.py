"""The end of the eleven flags: quartiles, fences and the results that need all processes together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from caselens.bids._ocds_flags_fold import Kept
from caselens.bids._ocds_flags_settings import Settings

Fences = dict[str, dict[str, float]]


def quantile(ordered: Sequence[float], share: float) -> float:
    """The ``share`` quantile of ascending numbers, median-unbiased (Hyndman and Fan, type 8); ``nan`` for none.

    The position is ``(n + 1/3)·share + 1/3``, counted from 1 and held inside the numbers; between two of them the
    value is interpolated.
    """
    if not ordered:
        return math.nan
    place = (len(ordered) + 1 / 3) * share + 1 / 3
    below = int(place)
    if below <= 0 or share <= 0:
        return ordered[0]
    if below >= len(ordered) or share >= 1:
        return ordered[-1]
    return ordered[below - 1] + (place - below) * (ordered[below] - ordered[below - 1])


def _fence(numbers: Iterable[float], side: int, threshold: float | None) -> dict[str, float] | None:
    """Quartiles and the fence on one ``side`` (−1 low, +1 high); ``None`` where there is nothing to be outside of.

    Where both quartiles are 0 the fence would be 0 too and most of the numbers would be "outliers": there is none.
    """
    if threshold is not None:
        return {"fence": threshold}
    ordered = sorted(numbers)
    q1, q3 = quantile(ordered, 0.25), quantile(ordered, 0.75)
    if not ordered or (q1 == 0 and q3 == 0):
        return None
    spread = 1.5 * (q3 - q1)
    return {"q1": q1, "q3": q3, "fence": q1 - spread if side < 0 else q3 + spread}


def finish(kept: Kept, settings: Settings) -> tuple[str | None, Fences]:
    """Write the flags that need the whole; gives the main currency and the fences."""
    currency = settings.get("currency") or kept.first_currency
    fences: Fences = {}
    finishers: dict[str, Callable[[], None]] = {
        "R024": lambda: _close(kept, settings, currency, fences),
        "R025": lambda: _unsuccessful(kept, settings, fences),
        "R028": lambda: _same(kept, currency),
        "R036": lambda: _rejected(kept, currency),
        "R038": lambda: _disqualifying(kept, settings, fences),
        "R048": lambda: _varied(kept, settings, fences),
        "R058": lambda: _discounted(kept, settings, currency, fences),
    }
    for code, write in finishers.items():
        if code in settings.enabled:
            write()
    return currency, fences


def _close(kept: Kept, settings: Settings, currency: str | None, fences: Fences) -> None:
    differences = kept.differences.get(currency or "", {})
    kept.assessed["R024"] = len(differences)
    fence = _fence((entry[0] for entry in differences.values()), -1, settings.get("R024.threshold"))
    if fence is None:
        return
    fences["R024"] = fence
    for ocid, (difference, winner, second) in differences.items():
        if difference <= fence["fence"]:
            kept.flag("OCID", ocid, "R024", difference)
            kept.flag("Tenderer", winner, "R024", 0.0)
            kept.flag("Tenderer", second, "R024", 0.0)


def _discounted(kept: Kept, settings: Settings, currency: str | None, fences: Fences) -> None:
    differences = kept.differences.get(currency or "", {})
    kept.assessed["R058"] = len(differences)
    fence = _fence((entry[0] for entry in differences.values()), +1, settings.get("R058.threshold"))
    if fence is None:
        return
    fences["R058"] = fence
    for ocid, (difference, winner, _) in differences.items():
        if difference >= fence["fence"]:
            kept.flag("OCID", ocid, "R058", difference)
            kept.flag("Tenderer", winner, "R058", 0.0)


def _unsuccessful(kept: Kept, settings: Settings, fences: Fences) -> None:
    kept.assessed["R025"] = len(kept.wins)
    ratios = {found: won / made for found, (won, made) in kept.wins.items()}
    fence = _fence(ratios.values(), -1, settings.get("R025.threshold"))
    if fence is None or not ratios:
        return
    made = sorted(float(totals[1]) for totals in kept.wins.values())
    top = quantile(made, settings.get("R025.percentile", 75) / 100)
    fences["R025"] = {**fence, "bids": top}
    for found, ratio in ratios.items():
        if kept.wins[found][1] >= top and ratio <= fence["fence"]:
            kept.flag("Tenderer", found, "R025", ratio)


def _same(kept: Kept, currency: str | None) -> None:
    identical = kept.identical.get(currency or "", {})
    kept.assessed["R028"] = len(identical)
    for ocid, tenderers in identical.items():
        if tenderers:
            kept.flag("OCID", ocid, "R028", 1.0)
            for found in tenderers:
                kept.flag("Tenderer", found, "R028", 1.0)


def _rejected(kept: Kept, currency: str | None) -> None:
    lowest = kept.lowest.get(currency or "", [])
    kept.assessed["R036"] = len(lowest)
    for ocid in filter(None, lowest):
        kept.flag("OCID", ocid, "R036", 1.0)


def _disqualifying(kept: Kept, settings: Settings, fences: Fences) -> None:
    bids = settings.get("R038.minimum_submitted_bids", 2)
    contracting = settings.get("R038.minimum_contracting_processes", 2)
    for group, totals, place, minimum in (
        ("Buyer", kept.buyers, 2, contracting),
        ("ProcuringEntity", kept.entities, 2, contracting),
        ("Tenderer", kept.tenderers, 1, bids),
    ):
        ratios = {found: entry[0] / entry[1] for found, entry in totals.items() if entry[place] >= minimum}
        kept.assessed["R038"] += len(ratios)
        fence = _fence(ratios.values(), +1, settings.get("R038.threshold"))
        if fence is None:
            continue
        fences[f"R038.{group}"] = fence
        for found, ratio in ratios.items():
            if ratio >= fence["fence"]:
                kept.flag(group, found, "R038", ratio)


def _varied(kept: Kept, settings: Settings, fences: Fences) -> None:
    """The fence is drawn from suppliers with many processes; every supplier is held against it."""
    kept.assessed["R048"] = len(kept.classes)
    minimum = settings.get("R048.minimum_contracting_processes", 20)
    busy = (float(len(classes)) for found, classes in kept.classes.items() if kept.awarded[found] >= minimum)
    fence = _fence(busy, +1, settings.get("R048.threshold"))
    if fence is None:
        return
    fences["R048"] = fence
    for found, classes in kept.classes.items():
        if len(classes) >= fence["fence"]:
            kept.flag("Tenderer", found, "R048", float(len(classes)))
