"""The target of a saved mosaic, at the size that the mosaic is rendered again."""

from __future__ import annotations

import argparse
import logging

import cv2
import numpy as np

from photomosaic.arrays import BgrImage
from photomosaic.cli.project import blaming_target, project_of, project_tile
from photomosaic.errors import InputError
from photomosaic.files.regular import sha256_of
from photomosaic.images.decode import MAX_PIXELS
from photomosaic.images.listing import printable
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.project.project import Project

log = logging.getLogger(__name__)


def resized_target(target: BgrImage, arguments: argparse.Namespace, tile: TileSize) -> BgrImage:
    """Return the target at the size that the project's grid has with another tile size.

    Raises
    ------
    InputError
        If the project is not of a target of this size.
    """
    project = project_of(arguments)
    if project is None:
        return target
    made_with, cover = project_tile(arguments), not arguments.trim
    with blaming_target(arguments):
        _check_cells(arguments, project, Grid.fit(target.shape[:2], made_with, cover=cover))
    if sha256_of(arguments.target) != project.target_sha256:
        log.warning(
            "%s: has changed since the project was made; its photos stay where they are",
            printable(arguments.target),
        )
    if tile == made_with:
        return target
    sides = zip(
        target.shape[:2],
        (tile.height, tile.width),
        (made_with.height, made_with.width),
        strict=True,
    )
    # Rounded so that the same number of cells fits in, or covers it.
    height, width = (-(-a * b // c) if cover else a * b // c for a, b, c in sides)
    if height * width > MAX_PIXELS:
        largest = int(arguments.scale * (MAX_PIXELS / (height * width)) ** 0.5)
        raise InputError(
            f"--scale {arguments.scale}: makes a mosaic of {width}x{height} pixels; up to {largest}"
            " works, and --enlarge or --print for more"
        )
    grows = tile.height > made_with.height
    way = cv2.INTER_CUBIC if grows else cv2.INTER_AREA
    return np.asarray(cv2.resize(target, (width, height), interpolation=way), np.uint8)


def _check_cells(arguments: argparse.Namespace, project: Project, grid: Grid) -> None:
    rows, cols = project.cells.shape
    if (grid.rows, grid.cols) != (rows, cols):
        raise InputError(
            f"{printable(arguments.target)}: has {grid.rows}x{grid.cols} cells, and the project"
            f" {rows}x{cols}"
        )
