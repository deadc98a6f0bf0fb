"""Write the tables of options into the pages of the manual, or check that they are up to date.

A page marks the place, and may name the headings to show:

    <!-- options of mosaic.py: look, repeats -->
    <!-- end -->
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from photomosaic.options.animation import FolderGifOptions
from photomosaic.options.app import AppOptions
from photomosaic.options.montage import FaceMontageOptions
from photomosaic.options.mosaic import MosaicOptions
from photomosaic.options.scales import ExplorerOptions, PerformanceOptions, SweepOptions
from photomosaic.options.tables import option_table
from photomosaic.options.video import VideoMosaicOptions

PROJECT = Path(__file__).resolve().parents[1]
BY_SCRIPT: dict[str, type] = {
    "mosaic": MosaicOptions,
    "video": VideoMosaicOptions,
    "make_gif": SweepOptions,
    "interactive": ExplorerOptions,
    "face_montage": FaceMontageOptions,
    "create_gif_from_photos_folder": FolderGifOptions,
    "performance": PerformanceOptions,
    "app": AppOptions,
}
_MARKED = re.compile(
    r"(<!-- options of (\w+)\.py(?:: ([^>]+))? -->\n).*?(<!-- end -->)", flags=re.DOTALL
)


def pages() -> list[Path]:
    """Return the pages of the manual."""
    return [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]


def with_tables(text: str) -> str:
    """Return a page with up-to-date tables between its marks.

    Raises
    ------
    KeyError
        If a mark names an unknown script or heading.
    """
    return _MARKED.sub(_filled, text)


def _filled(match: re.Match[str]) -> str:
    start, script, headings, end = match.groups()
    tables = {}
    for table in re.split(r"\n\n(?=\*\*)", option_table(BY_SCRIPT[script], script)):
        tables[table.partition("**\n")[0].strip("*").lower()] = table
    shown = (
        [tables[heading] for heading in headings.split(", ")] if headings else [*tables.values()]
    )
    if len(shown) == 1:  # the page has a heading of its own
        shown = [shown[0].partition("\n\n")[2]]
    return start + "\n" + "\n\n".join(shown) + "\n\n" + end


def main(argv: Sequence[str] | None = None) -> int:
    """Write stale tables and return 0; with --check name the stale pages and return 1 for any."""
    parser = argparse.ArgumentParser(prog="python -m tools.option_tables", description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail if a page is stale")
    check = parser.parse_args(argv).check
    texts = {page: page.read_text(encoding="utf-8") for page in pages()}
    stale = {page: new for page, text in texts.items() if (new := with_tables(text)) != text}
    for page, text in stale.items():
        if check:
            print(
                f"{page.relative_to(PROJECT)}: the tables of options are stale;"
                " run python -m tools.option_tables",
                file=sys.stderr,
            )
        else:
            page.write_text(text, encoding="utf-8")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
