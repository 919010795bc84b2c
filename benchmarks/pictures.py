"""The pictures of docs/images: each notebook run on a workspace as a page, its main picture photographed.

Run: python benchmarks/pictures.py data/demo              (a workspace that was screened; zh and en)
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from caselens.core.text import LANGUAGES, Language
from caselens.reports.run import run

ROOT = Path(__file__).resolve().parent.parent
#: A picture that a page shows quickly.
LARGEST = 200_000


@dataclass(frozen=True, slots=True)
class Picture:
    """What of a notebook is worth showing: the ``place``-th element of ``selector``, ``tall`` pixels from ``above`` it."""

    notebook: str
    selector: str
    place: int = 0
    tall: int = 760
    above: int = 60


PICTURES = (
    Picture("00_start_here", ".cl-network", tall=840),
    Picture("10_data_quality", "table"),
    Picture("20_who_is_who", "table"),
    Picture("30_network", ".cl-network", tall=860, above=120),
    Picture("40_money", ".cl-figure", tall=820),
    Picture("50_tenders", ".cl-figure"),
    Picture("60_projects", ".cl-figure"),
    Picture("70_decisions_posts", ".cl-figure"),
    Picture("80_unit", ".cl-figure"),
    Picture("85_city", ".cl-figure", place=1, tall=860),
    Picture("90_case_report", ".lead", tall=800),
)


def photograph(browser: Browser, page_file: Path, picture: Picture, target: Path) -> None:
    """Open the page, wait until everything is drawn, and save the part that is meant.

    Raises:
        SystemExit: the page has no such element, something was not drawn, or the picture is too large a file.
    """
    page = browser.new_page(viewport={"width": 1280, "height": picture.tall})
    page.goto(page_file.resolve().as_uri())
    page.wait_for_selector("html[data-ready=yes]", timeout=60_000)
    if page.locator(".cl-network:not([data-drawn]), .cl-figure:not([data-drawn])").count():
        raise SystemExit(f"{page_file}: a picture was not drawn")
    found = page.locator(picture.selector)
    if found.count() <= picture.place:
        raise SystemExit(f"{page_file}: no {picture.selector} number {picture.place}")
    found.nth(picture.place).evaluate(
        "(element, above) => scrollTo(0, element.getBoundingClientRect().top + scrollY - above)", picture.above
    )
    page.wait_for_timeout(500)
    page.screenshot(path=target)
    page.close()
    if target.stat().st_size > LARGEST:
        raise SystemExit(f"{target.name} has {target.stat().st_size:,} bytes, {LARGEST:,} are allowed")


def wanted(only: list[str]) -> Iterator[tuple[Picture, Language]]:
    """Pictures and languages to make."""
    for picture in PICTURES:
        if not only or any(picture.notebook.startswith(name) for name in only):
            for language in LANGUAGES:
                yield picture, language


def main() -> None:
    """Run the notebooks and save the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--only", nargs="*", default=[], help="beginnings of notebook names")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--pages", type=Path, help="keep the pages here, and take those that are there already")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        folder = arguments.pages or Path(temporary)
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for picture, language in wanted(arguments.only):
            page = folder / f"{picture.notebook}-{language}.html"
            if not page.exists():
                notebook = ROOT / "notebooks" / f"{picture.notebook}.ipynb"
                outcome = run(notebook, {"workspace": str(arguments.workspace.resolve())}, page, language)
                if not outcome.ok:
                    raise SystemExit(f"{picture.notebook}: {outcome.reason}")
            target = arguments.out / f"{picture.notebook[3:].replace('_', '-')}-{language}.png"
            photograph(browser, page, picture, target)
            print(f"{target.name}: {target.stat().st_size:,} bytes")
        browser.close()


if __name__ == "__main__":
    main()
