"""Figures in a narrative that do not follow from one another, or only in another unit."""

from __future__ import annotations

from numpy.random import Generator

from caselens.core.text import Text
from caselens.sample._city import City
from caselens.sample.plants._declare import Plant, Planted, PlantKind

#: Figures (label, value, unit) and the formula of the last over the places of those before.
_FIGURES: dict[tuple[str, int], tuple[list[tuple[str, float, str]], str]] = {
    ("easy", 0): ([("一期投资", 1.2, "亿元"), ("二期投资", 0.85, "亿元"), ("总投资", 2.35, "亿元")], "{0} + {1}"),
    ("easy", 1): ([("预算价", 520, "万元"), ("中标价", 403, "万元"), ("节资率", 29.5, "%")], "({0} - {1}) / {0}"),
    ("hard", 0): (
        [
            ("融资本金", 5, "亿元"),
            ("调整前费率", 4, "%"),
            ("调整后费率", 3, "%"),
            ("年限", 5, "年"),
            ("节约资金", 250, "万元"),
        ],
        "{0} * ({1} - {2}) * {3}",
    ),
    ("hard", 1): ([("平均单价", 3.6, "万元"), ("数量", 48, "个"), ("采购总额", 1.728, "亿元")], "{0} * {1}"),
    ("decoy", 0): ([("节约资金", 4.7, "亿元"), ("节资率", 22.16, "%"), ("预算总额", 21.2, "亿元")], "{0} / {1}"),
    ("decoy", 1): ([("估算", 6.24, "亿元"), ("实际投资", 2.9, "亿元"), ("降幅", 53.5, "%")], "({0} - {1}) / {0}"),
}


def plant(city: City, rng: Generator, kind: PlantKind, number: int) -> Planted:
    """Easy: a total of 2.35 from 1.2 and 0.85; a saving of 29.5 % that is 22.5 %. Hard: 250万 reconcile only at one per
    mille; 1.728亿 that are 172.8万. Decoys: right within rounding.
    """
    figures, formula = _FIGURES[kind, number]
    unit = city.unit(("城投集团", "国投集团", "住建局", "区财政局")[int(rng.integers(4))], rng)
    document = f"{city.row(unit)['name']}情况通报（{int(rng.integers(2019, 2026))}年第{int(rng.integers(1, 30))}期）"
    rows: list[int] = []
    for place, (label, value, measure) in enumerate(figures):
        last = place == len(figures) - 1
        text = formula.format(*(city.mention(row) for row in rows)) if last else None
        rows.append(
            city.add("stated_figures", document=document, label=label, value=float(value), unit=measure, formula=text)
        )
    why = {
        "easy": Text("合计或百分比算不拢。", "The total or the percentage does not follow."),
        "hard": Text("按千分比或换算单位才能算拢。", "It follows only per mille, or in another unit."),
        "decoy": Text("在四舍五入范围内一致。", "Right within rounding."),
    }[kind]
    return Planted(((unit, "unit"),), (rows[-1],), None, tuple(rows), why)


PLANT = Plant("data-arith-reconcile", plant)
