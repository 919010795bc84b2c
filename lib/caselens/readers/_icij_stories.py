"""ICIJ's text of the Power Players: who the public figures are, whose relatives, and which graph is about whom."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from caselens.core.text import Text
from caselens.readers._declare import Item, Note, Refused, Row
from caselens.readers._icij_csv import numbered

HEADINGS = ("id", "fieldname", "text")
_PERSON = re.compile(r"data-person-(\d+)-name", re.ASCII)
#: What the first person is to the second, by ICIJ's word for it.
_RELATIONS = {
    "son": "child",
    "daughter": "child",
    "wife": "spouse",
    "husband": "spouse",
    "father": "parent",
    "mother": "parent",
    "brother": "sibling",
    "sister": "sibling",
    "brother in law": "in_law",
    "sister in law": "in_law",
    "father in law": "in_law",
    "mother in law": "in_law",
    "son in law": "in_law",
    "daughter in law": "in_law",
    "cousin": "other_kin",
    "nephew": "other_kin",
    "niece": "other_kin",
    "uncle": "other_kin",
    "aunt": "other_kin",
    "grandson": "other_kin",
    "granddaughter": "other_kin",
    "associate": "associate",
    "business associate": "associate",
    "friend": "associate",
}

Fields = dict[str, tuple[int, str]]


def case_id(graph: str) -> str:
    """The case of a graph: one pair of files, one case."""
    return f"ICIJ-POWER-PLAYERS-{graph}"


def figure_id(name: str) -> str:
    """The id of a person whom ICIJ's text names: by the name, for the text gives no other."""
    return "ICIJ-FIGURE-" + " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def read_stories(path: Path, opened_on: str) -> Iterator[Item]:
    """The public figures of the text file as persons, subjects of their graphs' cases and relatives of each other.

    The cases themselves come with the graphs' own files; a figure without a graph gets a case here. ``opened_on`` is
    the day of publication.
    """
    stories: dict[str, Fields] = {}
    general: Fields = {}
    for row, fields in numbered(path, "persons"):
        if isinstance(fields, Refused):
            yield fields
            continue
        target = stories.setdefault(fields["id"], {}) if fields["id"].isdecimal() else general
        target[fields["fieldname"]] = (row, fields["text"])
    given: set[str] = set()
    unread = 0
    for number, story in stories.items():
        yield from _story(number, story, given, opened_on)
        unread += sum(bool(text) and not _is_read(name) for name, (_, text) in story.items())
    for name in ("legal-disclaimer", "legal-disclaimer2"):
        if (place := general.get(name)) and place[1]:
            yield Note(Text("ICIJ 声明(原文):{words}", "{words}").format(words=place[1]), "info", place[0])
    if unread:
        yield Note(
            Text(
                "{n} 段叙述、传记、文书网址与图片名未读入,原文件中仍可查。",
                "{n} texts (narratives, biographies, links to documents, pictures) were not read; see the raw file.",
            ).format(n=unread),
            "info",
        )


def _is_read(name: str) -> bool:
    return name in ("story-title", "story-country-1-name", "linked-person-name", "linked-person-description") or (
        name.startswith("data-person-") and not name.endswith("-image")
    )


def _story(number: str, story: Fields, given: set[str], opened_on: str) -> Iterator[Item]:
    def text(name: str) -> str | None:
        return story.get(name, (0, ""))[1] or None

    officials = _split(text("linked-person-name"))
    descriptions = _split(text("linked-person-description"))
    for field, (row, name) in story.items():
        match = _PERSON.fullmatch(field)
        if match is None or not name:
            continue
        prefix = f"data-person-{match.group(1)}"
        graph = text(f"{prefix}-viz-publish")
        relationship = text(f"{prefix}-relationship")
        yield from _person(
            given,
            row,
            {
                "name": name,
                "public_role": text(f"{prefix}-description-if-politician"),
                "relationship": relationship,
                "comment": text(f"{prefix}-comment"),
                "story": text("story-title"),
                "country": text("story-country-1-name"),
                "graph": graph,
            },
        )
        case = case_id(graph or f"story-{number}")
        if graph is None and case not in given:
            given.add(case)
            title = text("story-title") or name
            yield Row("cases", {"case_id": case, "title": title, "opened_on": opened_on, "status": "open"}, row)
        yield Row("case_subjects", {"case_id": case, "entity_id": figure_id(name), "role": "subject"}, row)
        for place, official in enumerate(officials):
            role = descriptions[place] if len(descriptions) == len(officials) else text("linked-person-description")
            yield from _person(given, story["linked-person-name"][0], {"name": official, "public_role": role})
            if relationship:
                word = " ".join(relationship.lower().replace("-", " ").split())
                kinship = {
                    "person_id": figure_id(official),
                    "relative_id": figure_id(name),
                    "relation": _RELATIONS.get(word, "associate"),
                    "relation_printed": relationship,
                }
                yield Row("kinships", kinship, row)


def _split(value: str | None) -> list[str]:
    return [part.strip() for part in (value or "").split(";") if part.strip()]


def _person(given: set[str], row: int, values: dict[str, str | None]) -> Iterator[Row]:
    person_id = figure_id(values["name"] or "")
    if person_id not in given:
        given.add(person_id)
        filled = {column: value for column, value in values.items() if value}
        yield Row("persons", {"person_id": person_id, **filled}, row)
