"""The list of files in the folder of a page to zoom into, which identifies pages of ours."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from photomosaic.files.regular import read_file, sha256_of

LIST_NAME = "photomosaic-page.json"
_KIND, _VERSION = "files of a page made by photomosaic", 1
# A page of 900 megapixels with copies of 20,000 photos has one of 4 MB.
_LARGEST_LIST = 64 << 20


def write_page_list(folder: Path) -> None:
    """Write down all files below a new folder, each with its SHA-256.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    files = {name: sha256_of(folder / name) for name in sorted(files_below(folder))}
    text = json.dumps({"kind": _KIND, "version": _VERSION, "files": files}, indent=0)
    (folder / LIST_NAME).write_text(text + "\n", "ascii")


def read_page_list(folder: Path) -> dict[str, str] | None:
    """Return the files that a page was made of, as paths below its folder, and their hashes.

    None if there is no such list in the folder, or it is damaged.
    """
    path = folder / LIST_NAME
    try:
        if path.is_symlink():
            return None
        found = json.loads(read_file(path, _LARGEST_LIST))
        if (found["kind"], found["version"]) == (_KIND, _VERSION):
            return {str(name): str(digest) for name, digest in found["files"].items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        pass
    return None


def files_below(folder: Path) -> Iterator[str]:
    """Yield all that is no folder below a folder, links too, as paths with slashes."""
    for place, folders, names in os.walk(folder):
        links = [name for name in folders if Path(place, name).is_symlink()]
        for name in (*names, *links):
            yield Path(place, name).relative_to(folder).as_posix()
