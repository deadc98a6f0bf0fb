"""A table of photos, how often each is used, and where."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np

from photomosaic.assignment.assignment import Assignment
from photomosaic.files.writing import replacing
from photomosaic.images.crop import Cut
from photomosaic.library.codebook import Codebook
from photomosaic.matching.layout import Layout
from photomosaic.project.photos import Photos

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def write_usage_list(
    path: Path, assignment: Assignment, codebook: Codebook, photos: Photos, layout: Layout
) -> None:
    """Write a CSV of all photos by path: uses, and cells as row,col from 0, with spaces between.

    If tiles show parts of photos, a last column has the part in each of these cells: its top, left,
    height and width in fractions of the photo's, and whether it is mirrored.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    addresses = [f"{row},{col}" for row, col in layout.addresses.tolist()]
    tiles = assignment.ids.ravel()
    flat = codebook.photos[tiles]
    order = np.argsort(flat, kind="stable")
    starts = np.searchsorted(flat[order], np.arange(len(photos) + 1))
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    quoted = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    shown = [] if codebook.cuts is None else ["cuts"]
    table.writerow(["photo", "uses", "cells", *shown])
    for row in sorted(range(len(photos)), key=lambda row: photos.ref(row).path):
        cells = order[starts[row] : starts[row + 1]].tolist()
        places = " ".join(addresses[cell] for cell in cells)
        name = photos.ref(row).path
        if name.startswith(_FORMULA_STARTS):
            name = f"./{name}"  # the same file, but no formula in a spreadsheet
        # Spreadsheets of some countries split lines at semicolons, and of some at tabs.
        writer = quoted if {";", "\t"} & set(name) else table
        cuts = " ".join(_cut(codebook.cuts[tiles[cell]]) for cell in cells if codebook.cuts)
        writer.writerow([name, len(cells), places, *([cuts] if shown else [])])
    with replacing(path) as file:
        file.write(text.getvalue().encode("utf-8", "surrogateescape"))


def _cut(cut: Cut) -> str:
    sides = ",".join(f"{side:.4g}" for side in (cut.top, cut.left, cut.height, cut.width))
    return f"{sides},mirrored" if cut.mirrored else sides
