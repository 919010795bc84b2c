"""Income and assets as declared for a year."""

from caselens.core.text import Text
from caselens.tables._declare import Column, Table

TABLE = Table(
    id="declarations",
    label=Text("收入财产申报", "Declarations"),
    group="who",
    about=Text(
        "一行为某人某年度申报的家庭收入和财产，官员亲属也可有记录。",
        "One row is what one person declared for the household for one year; relatives of officials may have rows too.",
    ),
    key=("person_id", "year"),
    columns=(
        Column("person_id", "id", Text("申报人", "Declarant"), required=True, references=("persons",)),
        Column("year", "integer", Text("申报年度", "Year"), required=True, low=1900, high=2200),
        Column("household_income", "money", Text("家庭年收入", "Household income"), unit="CNY"),
        Column("household_assets", "money", Text("家庭财产总额", "Household assets"), unit="CNY"),
    ),
)
