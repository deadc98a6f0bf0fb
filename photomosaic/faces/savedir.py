"""The folder of a montage: what people changed in it since the last run, and a new content."""

from __future__ import annotations

import hashlib
import logging
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from photomosaic.errors import InputError, OutputError, PictureError
from photomosaic.faces.montage_list import (
    LIST_NAME,
    REJECTED,
    Row,
    read_list,
    write_list,
)
from photomosaic.faces.search import Decisions
from photomosaic.images.decode import is_own_output
from photomosaic.images.listing import printable
from photomosaic.images.output_place import prepare_folder

log = logging.getLogger(__name__)

REJECTED_FOLDER = "rejected"
REVIEW_FOLDER = "review"
MATCHES_SHEET, NEAR_MISSES_SHEET = "matches.jpg", "near-misses.jpg"
FRAME_SUFFIX = ".jpg"

# A new content is made in the one, and takes the other name once it is whole.
_UNFINISHED, _FINISHED = ".photomosaic-unfinished", ".photomosaic-finished"

_GEOMETRY = re.compile(r"(\d+)x(\d+)([+-]\d+)([+-]\d+)")


@dataclass
class SaveDir:
    """A montage's folder as a run finds it.

    Attributes
    ----------
    path : Path
    rows : list of Row
        Of the last run's list, with what people did since as their status.
    foreign_names : set of str
        Names, in small letters, of what lies there and may not be touched: whatever the last run
        did not write, and frames that were changed since.
    changed : list of str
        Frames that were changed since.
    """

    path: Path
    rows: list[Row] = field(default_factory=list)
    foreign_names: set[str] = field(default_factory=set)
    changed: list[str] = field(default_factory=list)

    @property
    def decisions(self) -> Decisions:
        """What people decided about faces."""
        decisions = Decisions()
        for row in self.rows:
            found = _GEOMETRY.fullmatch(row.box)
            digest = _digest(row.photo_sha256)
            if row.decision and found and digest:
                width, height, left, top = map(int, found.groups())
                decision = (top + height / 2, left + width / 2, row.decision, row.reason)
                decisions.by_photo.setdefault(digest, []).append(decision)
        return decisions

    def free_name(self, name: str) -> str:
        """Return a frame's name, with a number if something else has it already."""
        stem, number, free = name.removesuffix(FRAME_SUFFIX), 1, name
        while free.lower() in self.foreign_names:
            number += 1
            free = f"{stem} ({number}){FRAME_SUFFIX}"
        return free


def read_savedir(path: Path) -> SaveDir:
    """Read what the last run wrote, and what people changed in it.

    A frame that was deleted or moved into the folder "rejected" is taken for rejected, and one that
    was put back for not. If all frames are gone, people want to start afresh.

    Raises
    ------
    InputError
        If the list there is none, or the folder cannot be written.
    """
    prepare_folder(path)
    if (path / REVIEW_FOLDER).exists() and not (path / REVIEW_FOLDER).is_dir():
        raise InputError(f"{printable(path / REVIEW_FOLDER)}: is in the way of a folder; move it")
    for name in (MATCHES_SHEET, NEAR_MISSES_SHEET):
        _check_sheet(path / REVIEW_FOLDER / name)
    if (path / _FINISHED).is_dir():
        _move_in(path)
    savedir = SaveDir(path)
    rows = read_list(path)
    here, rejected = _hashes(path), _hashes(path / REJECTED_FOLDER)
    framed = [row for row in rows if row.frame]
    fresh = bool(framed) and not any(
        row.frame in here or row.frame_sha256 in here.values() for row in framed
    )
    if fresh:
        log.info("%s: all frames are gone, so this is a fresh start", printable(path))
        rows = [row for row in rows if row.frame_sha256 in rejected.values()]
    savedir.rows = [_with_decision(row, here, rejected) for row in rows]
    own = {row.frame for row in framed if here.get(row.frame) == row.frame_sha256}
    own |= {name for name, digest in here.items() if digest in {r.frame_sha256 for r in rows}}
    savedir.changed = [row.frame for row in framed if row.frame in here and row.frame not in own]
    if path.is_dir():
        savedir.foreign_names = {
            entry.name.lower() for entry in path.iterdir() if entry.name not in own
        }
    return savedir


@contextmanager
def new_content(savedir: SaveDir) -> Iterator[Path]:
    """Hand out a folder whose files become the montage's once the `with` block ends.

    Until then the last run's stay; if anything goes wrong, for good.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    unfinished = savedir.path / _UNFINISHED
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        (unfinished / REVIEW_FOLDER).mkdir(parents=True)
        try:
            yield unfinished
            unfinished.rename(savedir.path / _FINISHED)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
        _move_in(savedir.path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"{printable(savedir.path)}: could not be written: {reason}") from error


def write_new_list(folder: Path, rows: Sequence[Row]) -> None:
    """Write the list of a new content, with the hashes of its frames."""
    write_list(
        folder,
        [
            replace(row, frame_sha256=_hash(folder / row.frame)) if row.frame else row
            for row in rows
        ],
    )


def sha256_text(digest: bytes) -> str:
    """Return a hash as the list holds it, which no spreadsheet takes for a number."""
    return f"sha256:{digest.hex()}"


def _move_in(path: Path) -> None:
    """Put a whole new content in the place of the last; what was cut off goes on where it was."""
    finished = path / _FINISHED
    written = {row.frame_sha256 for row in read_list(path)}
    coming = {row.frame for row in read_list(finished)}
    for name, digest in _hashes(path).items():
        if digest in written and name not in coming:
            (path / name).unlink()
    for name in _hashes(finished):
        (finished / name).replace(path / name)
    (path / REVIEW_FOLDER).mkdir(exist_ok=True)
    for sheet in (finished / REVIEW_FOLDER).iterdir():
        sheet.replace(path / REVIEW_FOLDER / sheet.name)
    if (finished / LIST_NAME).exists():
        (finished / LIST_NAME).replace(path / LIST_NAME)
    shutil.rmtree(finished)


def _with_decision(row: Row, here: dict[str, str], rejected: dict[str, str]) -> Row:
    """Return a row with what people did to it as its status."""
    if row.decision == REJECTED and not row.frame and row.frame_sha256 in here.values():
        return replace(row, status="", reason="")
    if row.decision == REJECTED:
        return replace(row, reason=row.reason if not row.frame else "rejected in the list")
    if not row.frame or row.frame in here or row.frame_sha256 in here.values():
        return row
    moved = row.frame_sha256 in rejected.values()
    reason = f"moved to {REJECTED_FOLDER}" if moved else "frame was deleted"
    return replace(row, status=REJECTED, reason=reason)


def _check_sheet(path: Path) -> None:
    """Raise `InputError` if somebody's own file lies where a sheet goes."""
    if not path.exists():
        return
    try:
        if is_own_output(path.read_bytes()):
            return
    except (OSError, PictureError):
        pass
    raise InputError(f"{printable(path)}: is no sheet of this toolkit; move it away")


def _hashes(folder: Path) -> dict[str, str]:
    """Return the names and hashes of a folder's pictures, as the list holds them."""
    if not folder.is_dir():
        return {}
    return {
        path.name: _hash(path)
        for path in sorted(folder.iterdir())
        if path.suffix == FRAME_SUFFIX and path.is_file() and not path.name.startswith(".")
    }


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return sha256_text(hashlib.file_digest(file, "sha256").digest())


def _digest(text: str) -> bytes:
    try:
        return bytes.fromhex(text.removeprefix("sha256:"))
    except ValueError:
        return b""
