"""The folder of a montage: what people changed in it since the last run, and its new content."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from photomosaic.errors import InputError
from photomosaic.faces.decisions import Decisions
from photomosaic.faces.montage_list import LIST_NAME, REJECTED, Row, read_list, write_list
from photomosaic.faces.transaction import (
    FRAME_SUFFIX,
    LastContent,
    check_sheets,
    finish_interrupted,
    frame_names,
    replacing_content,
    sha256_if_file,
)
from photomosaic.files.names import printable
from photomosaic.files.output_place import prepare_folder
from photomosaic.files.regular import sha256_of
from photomosaic.files.working import sole_use

log = logging.getLogger(__name__)

REJECTED_FOLDER = "rejected"
SHA256 = "sha256:"
# Needed to recognise decisions; other lists lack them.
NEEDED_COLUMNS = ("frame", "status", "photo_sha256", "frame_sha256")

_GEOMETRY = re.compile(r"(\d+)x(\d+)([+-]\d+)([+-]\d+)")


@dataclass
class MontageFolder:
    """A montage's folder as a run finds it.

    Attributes
    ----------
    path : Path
    rows : list of Row
        Of the last run's list, with what people did since as their status.
    foreign_names : set of str
        Names, in lower case, of files that may not be touched: those that the last run did not
        write, and frames that were changed since.
    changed : list of str
        Frames that were changed since.
    own : dict of str to str
        Names and hashes of unchanged frames, which the next run replaces.
    list_sha256 : str
        Of the list, in hex; empty if there is none.
    """

    path: Path
    rows: list[Row] = field(default_factory=list)
    foreign_names: set[str] = field(default_factory=set)
    changed: list[str] = field(default_factory=list)
    own: dict[str, str] = field(default_factory=dict)
    list_sha256: str = ""

    @property
    def decisions(self) -> Decisions:
        """What people decided about faces, and how they placed frames."""
        decisions = Decisions()
        for row in self.rows:
            found = _GEOMETRY.fullmatch(row.box)
            digest = _digest(row.photo_sha256)
            if not (found and digest):
                continue
            width, height, left, top = map(int, found.groups())
            middle = top + height / 2, left + width / 2
            if row.decision:
                decision = (*middle, row.decision, row.reason)
                decisions.by_photo.setdefault(digest, []).append(decision)
            if row.placed:
                decisions.place(digest, middle, row.placed)
        return decisions

    def free_name(self, name: str) -> str:
        """Return a frame's name, with a number if something else has it already."""
        stem, number, free = name.removesuffix(FRAME_SUFFIX), 1, name
        while free.lower() in self.foreign_names:
            number += 1
            free = f"{stem} ({number}){FRAME_SUFFIX}"
        return free


@contextmanager
def exclusive_use(path: Path) -> Iterator[None]:
    """Lock a montage's folder against other runs; create it if it is missing.

    Raises
    ------
    InputError
        If another run is at work there, or the folder cannot be written.
    """
    prepare_folder(path)
    with sole_use(path) as alone:
        if not alone:
            raise InputError(
                f"{printable(path)}: another run is at work there; wait for it, or name another"
                " folder"
            )
        yield


def read_montage_folder(path: Path) -> MontageFolder:
    """Read what the last run wrote, and what people changed in it.

    A frame that was deleted or moved into the folder "rejected" counts as rejected; one that was
    put back does not. If all frames are gone, decisions by deletion are dropped; frames that were
    placed by hand stay so.

    Raises
    ------
    InputError
        If the list there is none, or the folder cannot be written.
    """
    prepare_folder(path)
    check_sheets(path)
    finish_interrupted(path)
    montage = MontageFolder(path, list_sha256=sha256_if_file(path / LIST_NAME))
    rows = read_list(path, needed=NEEDED_COLUMNS)
    here, rejected = _hashes(path), _hashes(path / REJECTED_FOLDER)
    framed = [row for row in rows if row.frame]
    fresh = bool(framed) and not any(
        row.frame in here or row.frame_sha256 in here.values() for row in framed
    )
    if fresh:
        log.info("%s: all frames are gone, so this is a fresh start", printable(path))
        moved = rejected.values()
        rows = [
            row if row.frame_sha256 in moved else replace(row, frame="", frame_sha256="", status="")
            for row in rows
            if row.frame_sha256 in moved or row.placed
        ]
    montage.rows = [_with_decision(row, here, rejected) for row in rows]
    listed = {(row.frame, row.frame_sha256) for row in framed}
    put_back = {row.frame_sha256 for row in rows if not row.frame}
    montage.own = {
        name: digest
        for name, digest in here.items()
        if (name, digest) in listed or digest in put_back
    }
    montage.changed = [
        row.frame for row in framed if row.frame in here and row.frame not in montage.own
    ]
    montage.foreign_names = {
        entry.name.lower() for entry in path.iterdir() if entry.name not in montage.own
    }
    return montage


@contextmanager
def new_content(montage: MontageFolder) -> Iterator[Path]:
    """Yield a folder whose files become the montage's when the `with` block ends.

    If the block raises, those of the last run stay.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    own = {name: digest.removeprefix(SHA256) for name, digest in montage.own.items()}
    with replacing_content(LastContent(montage.path, own, montage.list_sha256)) as content:
        yield content


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
    """Return a hash as in the list, where no spreadsheet takes it for a number."""
    return SHA256 + digest.hex()


def _with_decision(row: Row, here: dict[str, str], rejected: dict[str, str]) -> Row:
    """Return a row whose status is what people decided."""
    if row.decision == REJECTED and not row.frame and row.frame_sha256 in here.values():
        return replace(row, status="", reason="")
    if row.decision == REJECTED:
        return replace(row, reason=row.reason if not row.frame else "rejected in the list")
    if not row.frame or row.frame in here or row.frame_sha256 in here.values():
        return row
    moved = row.frame_sha256 in rejected.values()
    reason = f"moved to {REJECTED_FOLDER}" if moved else "frame was deleted"
    return replace(row, status=REJECTED, reason=reason)


def _hashes(folder: Path) -> dict[str, str]:
    """Return the names and hashes of a folder's pictures, as the list holds them."""
    if not folder.is_dir():
        return {}
    return {name: _hash(folder / name) for name in frame_names(folder)}


def _hash(path: Path) -> str:
    return SHA256 + sha256_of(path)


def _digest(text: str) -> bytes:
    try:
        return bytes.fromhex(text.removeprefix(SHA256))
    except ValueError:
        return b""
