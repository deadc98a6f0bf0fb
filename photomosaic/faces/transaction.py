"""A transaction that replaces a montage's content; the next run completes an interrupted one.

New content is made in a working folder. When it is complete, a plan of moves and removals is
written beside it. From then on this run or the next carries out the plan; before, the last content
stays.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from photomosaic.errors import InputError, OutputError
from photomosaic.faces.montage_list import LIST_NAME
from photomosaic.files.names import printable
from photomosaic.files.one_file import GENERATOR, HEAD_BYTES
from photomosaic.files.regular import read_file, sha256_of
from photomosaic.files.working import FINISHED, abandoned, clear, working_folder
from photomosaic.files.writing import replacing
from photomosaic.images.overwriting import is_made_here

log = logging.getLogger(__name__)

REVIEW_FOLDER = "review"
MATCHES_SHEET, NEAR_MISSES_SHEET = "matches.jpg", "near-misses.jpg"
PLACING_PAGE = "place-frames.html"
_FOR_REVIEW = (MATCHES_SHEET, NEAR_MISSES_SHEET, PLACING_PAGE)
FRAME_SUFFIX = ".jpg"
_CONTENT = "content"


@dataclass(frozen=True)
class LastContent:
    """What the last run left in a montage's folder.

    Attributes
    ----------
    path : Path
    frames : dict of str to str
        Names and SHA-256 of the frames there that a run made and nobody changed.
    list_sha256 : str
        Of the list; empty if there is none.
    """

    path: Path
    frames: dict[str, str]
    list_sha256: str


@contextmanager
def replacing_content(last: LastContent) -> Iterator[Path]:
    """Yield a folder whose files replace the last content when the `with` block ends.

    If the block raises, the last content stays.

    Raises
    ------
    OutputError
        If it cannot be written, or somebody changed meanwhile what would be replaced.
    """
    try:
        with working_folder(last.path) as work:
            content = work / _CONTENT
            (content / REVIEW_FOLDER).mkdir(parents=True)
            yield content
            _check_unchanged(last)
            _write_plan(work, last)
            try:
                _carry_out(work, last.path)
            except KeyboardInterrupt:
                # The rest takes only a moment.
                _carry_out(work, last.path)
                raise
    except InputError as error:
        raise OutputError(str(error)) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"{printable(last.path)}: could not be written: {reason}") from error


def finish_interrupted(path: Path) -> None:
    """Complete the transaction of a run that was killed after writing its plan.

    Raises
    ------
    InputError
        If somebody's own file is in the way.
    """
    for work in abandoned(path):
        if (work / FINISHED).is_file():
            log.info("%s: going on with a run that was cut off", printable(path))
            _carry_out(work, path)
            clear(work)


def check_sheets(path: Path) -> None:
    """Raise `InputError` if somebody's own file or link lies where sheets and page go."""
    review = path / REVIEW_FOLDER
    if review.is_symlink() or (review.exists() and not review.is_dir()):
        raise InputError(f"{printable(review)}: is in the way of a folder; move it")
    for name in _FOR_REVIEW:
        if os.path.lexists(review / name) and not _is_own_file(review / name):
            raise InputError(
                f"{printable(review / name)}: was not made by this toolkit; move it away"
            )


def _check_unchanged(last: LastContent) -> None:
    changed = [name for name in last.frames if not (last.path / name).exists()]
    changed += [LIST_NAME] * (sha256_if_file(last.path / LIST_NAME) != last.list_sha256)
    if changed:
        raise OutputError(
            f"{printable(last.path / changed[0])}: was changed while new frames were made, so"
            " nothing is replaced; run again"
        )


def _write_plan(work: Path, last: LastContent) -> None:
    """Check that nothing is in the way, and write the plan; from here on it will be carried out."""
    coming = frame_names(work / _CONTENT)
    _check_free(last.path, coming, last.frames)
    plan = {"replaced": last.frames, "list": last.list_sha256, "frames": coming}
    with replacing(work / FINISHED) as file:
        file.write(json.dumps(plan).encode())


def _carry_out(work: Path, path: Path) -> None:
    """Carry out a plan, or the rest of one."""
    replaced, frames, list_sha256 = _read_plan(work)
    content = work / _CONTENT
    coming = frame_names(content)
    _check_free(path, coming, replaced)
    for name in set(replaced) - set(frames):
        if sha256_if_file(path / name) == replaced[name]:
            (path / name).unlink()
    for name in coming:
        (content / name).replace(path / name)
    (path / REVIEW_FOLDER).mkdir(exist_ok=True)
    for name in _FOR_REVIEW:
        with contextlib.suppress(FileNotFoundError):
            (content / REVIEW_FOLDER / name).replace(path / REVIEW_FOLDER / name)
    if (content / LIST_NAME).exists():
        if sha256_if_file(path / LIST_NAME) not in ("", list_sha256):
            _set_aside(path / LIST_NAME)
        (content / LIST_NAME).replace(path / LIST_NAME)
    (work / FINISHED).unlink()


def _read_plan(work: Path) -> tuple[dict[str, str], list[str], str]:
    """Return names and hashes of the replaced frames, names of the new ones, the list's hash."""
    try:
        plan = json.loads(read_file(work / FINISHED))
        replaced = {str(name): str(digest) for name, digest in plan["replaced"].items()}
        frames, list_sha256 = [str(name) for name in plan["frames"]], str(plan["list"])
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{printable(work)}: is damaged; move it away and run again") from error
    folders = work / _CONTENT, work / _CONTENT / REVIEW_FOLDER
    if any(folder.is_symlink() for folder in folders) or any(map(_is_path, replaced)):
        raise InputError(f"{printable(work)}: was changed by somebody; move it away and run again")
    return replaced, frames, list_sha256


def _check_free(path: Path, coming: list[str], replaced: dict[str, str]) -> None:
    """Raise `InputError` if somebody's own file would be replaced."""
    check_sheets(path)
    own = set(replaced.values())
    for name in coming:
        if os.path.lexists(path / name) and sha256_if_file(path / name) not in own:
            raise InputError(
                f"{printable(path / name)}: is in the way of a frame; move it away and run again"
            )


def _set_aside(path: Path) -> None:
    """Keep a list that somebody edited after a run was cut off."""
    number = 2
    while os.path.lexists(kept := path.with_stem(f"{path.stem} ({number})")):
        number += 1
    path.rename(kept)
    log.warning(
        "%s: was edited after a run had been cut off, and is kept as %s",
        *(printable(path), kept.name),
    )


def frame_names(folder: Path) -> list[str]:
    """Return the names of the files in a folder that may be frames, links aside."""
    return sorted(
        path.name
        for path in folder.iterdir()
        if path.suffix == FRAME_SUFFIX
        and not path.name.startswith(".")
        and path.is_file()
        and not path.is_symlink()
    )


def sha256_if_file(path: Path) -> str:
    """Return the hash of a file, or nothing if there is no file, or a link."""
    return "" if path.is_symlink() or not path.is_file() else sha256_of(path)


def _is_path(name: str) -> bool:
    return Path(name).name != name


def _is_own_file(path: Path) -> bool:
    if path.is_symlink() or path.suffix != ".html":
        return not path.is_symlink() and is_made_here(path)
    return path.is_file() and GENERATOR in read_file(path)[:HEAD_BYTES].decode("utf-8", "replace")
