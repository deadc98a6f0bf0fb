"""The folder of a page to zoom into: whole or as it was before, and never another's."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from photomosaic.errors import InputError, OutputError
from photomosaic.images.listing import printable
from photomosaic.images.output_place import prepare_beside

GENERATOR = '<meta name="generator" content="photomosaic'
_OURS = re.compile(
    r"index\.html|page\.css|page\.js|data\.js|target\.jpg|mosaic\.dzi"
    r"|leaflet/(leaflet\.js|leaflet\.css|LICENSE)"
    r"|mosaic_files(/\d+(/\d+_\d+\.jpg)?)?|photos(/\d+\.jpg)?|leaflet"
    # What file managers leave in every folder.
    r"|(.*/)?(\.DS_Store|Thumbs\.db|desktop\.ini)"
)


def check_page_folder(folder: Path, photos: Path) -> None:
    """See that a page can be made in a folder.

    Parameters
    ----------
    folder : Path
    photos : Path
        The folder of photos.

    Raises
    ------
    InputError
        If it holds anything but an earlier page, lies among the photos, or cannot be written.
    """
    if folder.resolve().is_relative_to(photos.resolve()):
        raise InputError(
            f"{printable(folder)}: lies among the photos, and its pictures would be taken as such;"
            " name another"
        )
    _refuse_others_files(folder)
    prepare_beside(folder)


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """Hand out a new folder that takes the place of `folder` if the `with` block ends well.

    Raises
    ------
    InputError
        If something else than an earlier page lies there meanwhile.
    OutputError
        If it cannot be written; what lay there before still does.
    """
    folder = folder.resolve()
    fresh, old = (folder.with_name(f".photomosaic-{secrets.token_hex(8)}") for _ in range(2))
    try:
        try:
            fresh.mkdir()
            yield fresh
            _refuse_others_files(folder)
            if folder.exists():
                folder.rename(old)
            try:
                fresh.rename(folder)
            except BaseException:
                if old.exists():
                    old.rename(folder)
                raise
        finally:
            for left in (fresh, old):
                shutil.rmtree(left, ignore_errors=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"{printable(folder)}: could not be written: {reason}") from error


def _refuse_others_files(folder: Path) -> None:
    if not folder.is_dir():
        return
    for path, folders, files in os.walk(folder):
        for name in (*folders, *files):
            inside = os.path.relpath(os.path.join(path, name), folder).replace(os.sep, "/")  # noqa: PTH118
            if not _OURS.fullmatch(inside):
                raise InputError(
                    f"{printable(folder)}: holds {printable(inside)}, which is not part of a page"
                    " made here; name a new or an empty folder"
                )
    index = folder / "index.html"
    if index.exists() and GENERATOR not in index.read_text("utf-8", "replace"):
        raise InputError(f"{printable(folder)}: holds another page; name a new or an empty folder")
