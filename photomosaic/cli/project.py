"""Saved mosaics on the command line: options, reading, editing, and writing again."""

from __future__ import annotations

import argparse
import hashlib
import logging
import platform
import re
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from photomosaic import __version__
from photomosaic.arrays import BgrImage
from photomosaic.cli.console import Parser, blaming
from photomosaic.cli.options import file_path, tile_options
from photomosaic.codebook.codebook import Codebook
from photomosaic.errors import InputError
from photomosaic.images.decode import MAX_PIXELS
from photomosaic.images.listing import printable
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.matching.limited import Edits
from photomosaic.matching.search import Matches
from photomosaic.matching.selection import Assignment
from photomosaic.mosaic import Mosaicker
from photomosaic.project.edits import Request, check_pins, in_rows, merged
from photomosaic.project.files import read_project, write_project
from photomosaic.project.photos import Photos
from photomosaic.project.project import CHANGEABLE, SETTINGS, EditRefs, Project

log = logging.getLogger(__name__)

PACKAGES = ("numpy", "opencv-python", "faiss-cpu", "pillow")


class ProjectParser(Parser):
    """A parser for which a project stands in for the options that it was made with."""

    def parse_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> argparse.Namespace:
        """Parse options; with --project, those that are not given come from it."""
        early = Parser(add_help=False, allow_abbrev=False)
        early.add_argument("--project", type=file_path)
        path = early.parse_known_args(args)[0].project
        if path is None:
            return super().parse_args(args, namespace)
        with blaming("--project"):
            project = read_project(path)
        for action in self._actions:
            action.required = False
        self.set_defaults(
            **project.settings,
            target=Path(project.target),
            codebook_dir=Path(project.photos_dir),
        )
        arguments = super().parse_args(args, namespace)
        for name, value in project.settings.items():
            if name not in CHANGEABLE and getattr(arguments, name) != value:
                option = "--" + name.replace("_", "-")
                raise InputError(f"{option}: is settled by the project; make a new mosaic for that")
        if arguments.photos_root:
            arguments.codebook_dir = arguments.photos_root
        arguments.project_read = project
        return arguments


def add_project_options(parser: Parser) -> None:
    """Add the options on the mosaic as a file, and on single photos and cells."""
    group = parser.add_argument_group("the mosaic as a file that can be edited")
    for option, text in (
        ("--save-project", "write the mosaic there, to be edited and rendered again"),
        ("--project", "render that mosaic again; takes the place of the other options"),
        ("--list", "write a table of the photos, their uses and cells there, as CSV"),
    ):
        metavar = "FILE.csv" if option == "--list" else "FILE.json"
        group.add_argument(option, type=file_path, metavar=metavar, help=text)
    group.add_argument(
        "--photos-root",
        type=file_path,
        metavar="DIR",
        help="where the photos of the project are now, if their folder was moved",
    )
    single = parser.add_argument_group("single photos and cells, each several times if need be")
    for option, text in (
        ("--ban", "never use that photo"),
        ("--must-use", "use that photo at least once, where it fits best"),
    ):
        single.add_argument(option, action="append", default=[], metavar="PHOTO", help=text)
    single.add_argument(
        "--pin",
        action="append",
        default=[],
        type=_pin,
        metavar="ROW,COL=PHOTO",
        help="lay that photo into that cell; rows and columns count from 0",
    )
    single.add_argument(
        "--replace",
        action="append",
        default=[],
        type=_cell,
        metavar="ROW,COL",
        help="lay another photo into that cell of the project",
    )


def _pin(text: str) -> tuple[int, int, str]:
    cell, equals, name = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not ROW,COL=PHOTO")
    return *_cell(cell), name


def _cell(text: str) -> tuple[int, int]:
    if not re.fullmatch(r"\d{1,9},\d{1,9}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not ROW,COL")
    row, col = text.split(",")
    return int(row), int(col)


def project_of(arguments: argparse.Namespace) -> Project | None:
    """Return the project that is rendered again, if it is one."""
    project: Project | None = getattr(arguments, "project_read", None)
    return project


def project_tile(arguments: argparse.Namespace) -> TileSize:
    """Return the tile size at which photos are compared, that of the project if there is one."""
    project = project_of(arguments)
    scale = project.settings["scale"] if project else arguments.scale
    return tile_options(arguments).tile(scale)


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
    grid = Grid.fit(target.shape[:2], made_with, cover=cover)
    if (grid.rows, grid.cols) != project.cells.shape:
        raise InputError(
            f"--target {printable(arguments.target)}: has {grid.rows}x{grid.cols} cells, and the"
            f" project {project.cells.shape[0]}x{project.cells.shape[1]}; name the target that it"
            " was made of"
        )
    if _sha256(arguments.target) != project.target_sha256:
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


class Editing:
    """A mosaic in the making or a project, with what is said about single photos and cells.

    Parameters
    ----------
    arguments : Namespace
    photos : Photos
    shape : (int, int)
        Rows and columns.

    Raises
    ------
    InputError
        If a photo or a cell does not exist, or something contradicts something else.
    """

    def __init__(
        self, arguments: argparse.Namespace, photos: Photos, shape: tuple[int, int]
    ) -> None:
        self._arguments, self._photos, self._shape = arguments, photos, shape
        self._project = project_of(arguments)
        self._request = Request(arguments.ban, arguments.must_use, arguments.pin, arguments.replace)
        self._missing = False
        present = None if self._project is None else self._present(self._project)
        before = EditRefs() if self._project is None else self._project.edits
        self.refs = merged(self._request, before, photos, shape, present)
        self.rows, missing = in_rows(self.refs, photos, shape[1])
        for ref in missing:
            log.warning("%s: is missing, and cannot be used", printable(ref.path))
        self._ids = present

    def _present(self, project: Project) -> npt.NDArray[np.int32]:
        """Return the photos of a project as rows of the codebook; those missing as -1."""
        rows = np.empty(len(project.photos), np.int32)
        for number, ref in enumerate(project.photos):
            rows[number], changed = self._photos.find(ref)
            if changed:
                log.warning("%s: has changed since, and is used as it is", printable(ref.path))
            if rows[number] < 0:
                self._missing = True
                log.warning("%s: is missing; the next best takes its places", printable(ref.path))
        return rows[project.cells]

    def assign(self, mosaicker: Mosaicker, target: BgrImage) -> Assignment:
        """Choose the photos of all cells, or just of those that are concerned."""
        check_pins(self.rows, mosaicker.options.limits, mosaicker.codebook.groups, self._shape[1])
        assignment = self._assigned(mosaicker, mosaicker.match(target))
        for row in sorted(set(self.rows.required) - set(assignment.ids.ravel().tolist())):
            log.warning(
                "--must-use %s: no cell can take it within the limits",
                printable(self._photos.ref(row).path),
            )
        return assignment

    def _assigned(self, mosaicker: Mosaicker, matches: Matches) -> Assignment:
        if self._ids is None or self._project is None:
            return mosaicker.choose(matches)
        ids = _opened(self._ids, self.rows)
        if not self._request and not self._missing:
            return mosaicker.placed(matches, ids, self._project.bound)
        return mosaicker.placed(matches, mosaicker.mend(matches, ids).ids, self._project.bound)

    def save(self, assignment: Assignment) -> Path | None:
        """Write the project where the options ask for it, or where edits are to be kept."""
        path: Path | None = self._arguments.save_project
        if path is None and self._request:
            path = self._arguments.project
        if path is not None:
            write_project(self._saved(assignment), path)
        return path

    def _saved(self, assignment: Assignment) -> Project:
        used, cells = np.unique(assignment.ids, return_inverse=True)
        arguments = self._arguments
        return Project(
            str(arguments.target.absolute()),
            _sha256(arguments.target),
            str(arguments.codebook_dir.absolute()),
            {name: getattr(arguments, name) for name in SETTINGS},
            tuple(self._photos.ref(int(row)) for row in used),
            cells.reshape(assignment.ids.shape).astype(np.int32),
            self.refs,
            assignment.bound,
            {
                "photomosaic": __version__,
                "python": platform.python_version(),
                **{name: version(name) for name in PACKAGES},
            },
        )


def in_codebook(assignment: Assignment, codebook: Codebook, other: Codebook) -> Assignment:
    """Return an assignment of one codebook in the rows of another of the same photos."""
    if codebook.hashes == other.hashes:
        return assignment
    rows = {digest: row for row, digest in enumerate(other.hashes)}
    try:
        numbers = {i: rows[codebook.hashes[i]] for i in np.unique(assignment.ids).tolist()}
    except KeyError as error:
        raise InputError("--scale: a photo has not the aspect of these tiles") from error
    ids = np.vectorize(numbers.__getitem__, otypes=[np.int32])(assignment.ids)
    return Assignment(ids, assignment.distances, assignment.ratios, assignment.bound)


def _opened(ids: npt.NDArray[np.int32], edits: Edits) -> npt.NDArray[np.int32]:
    """Return a tile map with the cells opened (-1) whose photos are not to lie there."""
    ids = np.where(np.isin(ids, edits.banned), -1, ids).astype(np.int32)
    flat = ids.ravel()
    for cell, row in edits.refused:
        if flat[cell] == row and cell not in edits.pinned:
            flat[cell] = -1
    return ids


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
