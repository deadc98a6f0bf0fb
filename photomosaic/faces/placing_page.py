"""The page on which people turn, zoom and shift the frames of a montage by hand."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import cv2
import numpy as np
import numpy.typing as npt

from photomosaic.faces.face_keys import key_of
from photomosaic.faces.frames import Frame
from photomosaic.faces.transaction import PLACING_PAGE
from photomosaic.files.one_file import files_named, in_one_file
from photomosaic.files.regular import read_file
from photomosaic.files.writing import replacing
from photomosaic.options.montage import FrameOptions

SOURCES = Path(__file__).with_name("page")


def write_placing_page(folder: Path, frames: Sequence[Frame], options: FrameOptions) -> None:
    """Write the page into a folder beside the frames; it is one file, and shows the frames' files.

    Parameters
    ----------
    folder : Path
    frames : sequence of Frame
        That have been made.
    options : FrameOptions

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    data = {"size": options.shape, "frames": [_described(frame) for frame in frames]}
    text = json.dumps(data, separators=(",", ":"))
    page = read_file(SOURCES / "place.html").decode()
    names = [name for name in files_named(page) if name != "data.js"]
    texts = {name: read_file(SOURCES / name).decode() for name in names}
    texts["data.js"] = f"const FRAMES = {text};\n"
    with replacing(folder / PLACING_PAGE) as file:
        # Chromium takes files beside a page for other origins.
        file.write(in_one_file(page, texts, images="'self' file:").encode())


def _described(frame: Frame) -> dict[str, object]:
    finding = frame.finding
    if frame.marks is None or frame.matrix is None:
        raise ValueError("the page shows frames that have been made")
    back = cv2.invertAffineTransform(frame.matrix)
    shown = frame.marks[:, ::-1] @ back[:, :2].T + back[:, 2]
    return {
        "key": key_of(finding.photo, finding.face),
        "name": "  ".join(frame.name.split("_")[:2]),
        "photo": finding.photo.title,
        "file": "../" + quote(os.fsencode(frame.name)),
        "marks": _numbers(frame.marks[:, ::-1]),
        "eyes": _numbers(shown),
        "found": [round(value, 1) for value in _numbers(finding.face.eyes[:, ::-1])],
        "placed": finding.placed is not None,
    }


def _numbers(points: npt.NDArray[np.floating]) -> list[float]:
    """Return points as x, y, x, y."""
    return [round(float(value), 3) for value in points.ravel()]
