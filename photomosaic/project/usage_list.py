"""A table of photos, how often each is used, and where."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np

from photomosaic.assignment.assignment import Assignment
from photomosaic.files.writing import replacing
from photomosaic.library.codebook import Codebook
from photomosaic.project.photos import Photos

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def write_usage_list(
    path: Path, assignment: Assignment, codebook: Codebook, photos: Photos
) -> None:
    """Write a CSV of all photos by path: uses, and cells as row,col from 0, with spaces between.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    cols = assignment.ids.shape[1]
    flat = assignment.ids.ravel()
    order = np.argsort(flat, kind="stable")
    starts = np.searchsorted(flat[order], np.arange(len(codebook) + 1))
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    quoted = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    table.writerow(["photo", "uses", "cells"])
    for row in sorted(range(len(codebook)), key=lambda row: photos.ref(row).path):
        cells = order[starts[row] : starts[row + 1]].tolist()
        places = " ".join(f"{cell // cols},{cell % cols}" for cell in cells)
        name = photos.ref(row).path
        if name.startswith(_FORMULA_STARTS):
            name = f"./{name}"  # the same file, but no formula in a spreadsheet
        # Spreadsheets of some countries split lines at semicolons, and of some at tabs.
        writer = quoted if {";", "\t"} & set(name) else table
        writer.writerow([name, len(cells), places])
    with replacing(path) as file:
        file.write(text.getvalue().encode("utf-8", "surrogateescape"))
