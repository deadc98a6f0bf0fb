"""Savepath templates: %s is the target's name, %% a percent sign, %d in a file's name a scale."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from photomosaic.errors import InputError
from photomosaic.files.names import as_stored, printable

# Bytes; a letter may take four of them.
LONGEST_NAME = 255


def fill_savepath(template: str, target: Path, scales: Sequence[int]) -> Path:
    """Return the path that a template stands for.

    Parameters
    ----------
    template : str
        Each %s becomes the target's name without its last extension, shortened if the file's name
        would be too long; each %d of the file's name the next of the scales. Either may be absent.
        Any other % in the name of a folder stands for itself.
    target : Path
    scales : sequence of int

    Raises
    ------
    InputError
        If the file's name has another % in it, or more %d than scales, or the template is empty.
    """
    if not template or "\0" in template:
        raise InputError("is empty or no path; name a file")
    name = target.stem
    path = _filled(template, name, scales)
    while _too_long(path.name) and name and "%s" in Path(template).name:
        name = name[:-1]
        path = _filled(template, name, scales)
    return path


def fitting(stem: str, ending: str) -> str:
    """Return a file name made of a stem and an ending; a stem that is too long is cut."""
    while stem and _too_long(stem + ending):
        stem = stem[:-1]
    return stem + ending


def _too_long(name: str) -> bool:
    return len(os.fsencode(name)) > LONGEST_NAME


def _filled(template: str, name: str, scales: Sequence[int]) -> Path:
    left = list(scales)

    def fill(match: re.Match[str]) -> str:
        mark = match.group()
        if mark == "%%":
            return "%"
        if mark == "%s":
            return name
        if mark == "%d" and left:
            return str(left.pop(0))
        problem = "one %d too many" if mark == "%d" else f"an unknown mark, {mark}"
        raise InputError(
            f"{printable(template)} has {printable(problem)}; %s stands for the"
            " target's name, %d for the scale, %% for a percent sign"
        )

    # A folder such as "100%done" has its name already, and nobody chose it for its marks.
    folders, slash, file_name = template.rpartition("/")
    folders = re.sub("%[s%]", fill, folders)
    return expanded(folders + slash + re.sub(r"%.?", fill, file_name, flags=re.DOTALL))


def expanded(text: str) -> Path:
    """Return a path as it is stored, with the user's home for ~, and another's for ~name.

    Raises
    ------
    InputError
        If there is no such user.
    """
    try:
        return as_stored(Path(text).expanduser())
    except RuntimeError as error:
        raise InputError(f"{printable(text)}: there is no such user") from error
