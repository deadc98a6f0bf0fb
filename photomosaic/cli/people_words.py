"""What was found about the people of a library, put into words."""

from __future__ import annotations

from photomosaic.faces.people_list import LIST_NAME
from photomosaic.faces.people_page import summary
from photomosaic.files.names import printable
from photomosaic.jobs.forgetting import Forgotten
from photomosaic.jobs.people import PAGE_FOLDER, PeopleResult
from photomosaic.wording import counted


def people_lines(result: PeopleResult) -> list[str]:
    """Return the lines on the people of a library."""
    folder = result.folder
    page, names = folder / PAGE_FOLDER / "index.html", folder / LIST_NAME
    return [
        f"{printable(folder)}: {summary(result.people)}",
        f"open {printable(page)}, or give names in {printable(names)}; then --person NAME makes"
        " a montage",
        "they show faces: keep them private; --forget deletes them",
    ]


def forgotten_lines(result: Forgotten) -> list[str]:
    """Return the lines on what was deleted."""
    lines = [f"{printable(result.cache)}: the faces of {counted(result.photos, 'photo')} forgotten"]
    if result.folder is not None:
        lines.append(f"{printable(result.folder)}: {counted(result.files, 'file')} deleted")
    return [*lines, "frames and sheets of montages stay; delete their folders yourself"]
