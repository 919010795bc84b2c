"""The look shared by all pictures: shapes and colours by kind, the plotly template.

Colours are from Okabe and Ito, "Color Universal Design" (2008), told apart by the common kinds of colour blindness.
Colour never carries meaning alone: every kind of node has its own shape (or the same shape hollow), every kind of
edge its own dash, so a grey print says the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from caselens.core.text import Text

if TYPE_CHECKING:
    import plotly.graph_objects as go

BLACK, ORANGE, SKY, GREEN = "#1a1a1a", "#e69f00", "#56b4e9", "#009e73"
YELLOW, BLUE, VERMILION, PURPLE = "#f0e442", "#0072b2", "#d55e00", "#cc79a7"
GREY = "#767676"
PALETTE = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, YELLOW, BLACK)
FONT = '"Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", "PingFang SC", "Source Han Sans SC", Arial, sans-serif'


@dataclass(frozen=True, slots=True)
class NodeStyle:
    """How a kind of node is drawn: a shape vis-network knows, fill, and whether it is hollow (fill on the border)."""

    shape: str
    fill: str
    label: Text
    hollow: bool = False


@dataclass(frozen=True, slots=True)
class EdgeStyle:
    """How a kind of edge is drawn: colour, dash pattern in pixels (empty = solid), whether it has a direction."""

    color: str
    dashes: tuple[int, ...]
    label: Text
    arrow: bool = True


NODES: dict[str, NodeStyle] = {
    "official": NodeStyle("star", VERMILION, Text("公职人员", "Official")),
    "relative": NodeStyle("diamond", PURPLE, Text("亲属及特定关系人", "Relative or associate")),
    "person": NodeStyle("dot", ORANGE, Text("自然人", "Person")),
    "firm": NodeStyle("square", BLUE, Text("企业", "Firm")),
    "government": NodeStyle("hexagon", SKY, Text("机关、事业单位", "Public body")),
    "intermediary": NodeStyle("triangle", GREEN, Text("中介机构", "Intermediary")),
    "account": NodeStyle("dot", BLACK, Text("账户", "Account"), hollow=True),
    "tender": NodeStyle("triangleDown", YELLOW, Text("招标项目", "Tender")),
    "project": NodeStyle("square", BLACK, Text("工程或项目", "Project"), hollow=True),
    "contract": NodeStyle("triangleDown", BLACK, Text("合同", "Contract"), hollow=True),
    "asset": NodeStyle("hexagon", BLACK, Text("资产", "Asset"), hollow=True),
    "other": NodeStyle("diamond", BLACK, Text("其他", "Other"), hollow=True),
}

EDGES: dict[str, EdgeStyle] = {
    "payments": EdgeStyle("#4d6a85", (), Text("资金往来", "Payment")),
    "kinships": EdgeStyle("#a3497a", (8, 4), Text("亲属关系", "Kinship"), arrow=False),
    "ownerships": EdgeStyle(BLACK, (12, 4), Text("持股", "Ownership")),
    "directorships": EdgeStyle(BLACK, (3, 4), Text("任职于企业", "Directorship")),
    "employments": EdgeStyle(GREY, (3, 4), Text("受雇", "Employment")),
    "appointments": EdgeStyle("#a34700", (12, 4, 3, 4), Text("公职", "Appointment")),
    "oversight": EdgeStyle("#a34700", (3, 3), Text("监管", "Oversight")),
    "authority": EdgeStyle("#a34700", (6, 3), Text("职权关系", "Authority")),
    "accounts": EdgeStyle(GREY, (2, 3), Text("账户持有", "Holds account"), arrow=False),
    "bids": EdgeStyle("#00694d", (6, 4), Text("投标", "Bid")),
    "contracts": EdgeStyle("#00694d", (), Text("合同", "Contract")),
    "tenders": EdgeStyle("#00694d", (2, 3), Text("招标", "Tender")),
    "licences": EdgeStyle(BLUE, (6, 4, 2, 4), Text("许可、资质", "Licence")),
    "financings": EdgeStyle(BLUE, (), Text("融资", "Financing")),
    "other": EdgeStyle(GREY, (5, 5), Text("其他关系", "Other relation")),
}


@cache
def template() -> go.layout.Template:
    """The plotly template of the house: white, quiet grid, colours that the colour-blind and a printer tell apart."""
    import plotly.graph_objects as go

    axis = {"gridcolor": "#e3e3e3", "linecolor": "#8c8c8c", "zerolinecolor": "#8c8c8c", "automargin": True}
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 13, "color": BLACK},
            "colorway": list(PALETTE),
            "paper_bgcolor": "white",
            "plot_bgcolor": "white",
            "xaxis": axis,
            "yaxis": axis,
            "margin": {"l": 70, "r": 24, "t": 24, "b": 56},
            "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
            "hoverlabel": {"bgcolor": "white", "font": {"family": FONT, "color": BLACK}, "align": "left"},
        }
    )
