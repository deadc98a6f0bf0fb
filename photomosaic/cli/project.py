"""Saved mosaics on the command line: their options, and what these stand for."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from photomosaic.cli.console import Parser, blaming
from photomosaic.cli.needs import check_needs
from photomosaic.cli.parsers import file_path
from photomosaic.cli.settings import tile_options
from photomosaic.errors import InputError
from photomosaic.images.listing import printable
from photomosaic.images.names import as_stored
from photomosaic.matching.grid import TileSize
from photomosaic.project.edits import Request
from photomosaic.project.files import read_project
from photomosaic.project.project import CHANGEABLE, Project


class ProjectParser(Parser):
    """A parser for which a project stands in for the options that it was made with."""

    _brought: Sequence[argparse.Action] = ()

    def need_unless_project(self) -> None:
        """Let a project stand in for all required options that were added so far."""
        self._brought = [action for action in self._actions if action.required]
        for action in self._brought:
            action.required = False
            action.help = f"{action.help}; needed, unless --project is given"

    def parse_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> argparse.Namespace:
        """Parse options; with --project, those that are not given come from it."""
        early = Parser(add_help=False, allow_abbrev=False)
        early.add_argument("--project", type=file_path)
        early.add_argument("-h", "--help", action="store_true")
        given = early.parse_known_args(args)[0]
        path = given.project
        if path is None or given.help:
            return self._without_project(super().parse_args(args, namespace))
        with blaming("--project"):
            project = read_project(path)
        self.set_defaults(
            **project.settings,
            target=as_stored(Path(project.target)),
            codebook_dir=as_stored(Path(project.photos_dir)),
        )
        arguments = super().parse_args(args, namespace)
        for name, value in project.settings.items():
            if name not in CHANGEABLE and getattr(arguments, name) != value:
                option = _as_given(name, getattr(arguments, name))
                raise InputError(f"{option}: is settled by the project; make a new mosaic for that")
        if arguments.photos_root:
            arguments.codebook_dir = arguments.photos_root
        arguments.project_read = project
        return arguments

    def _without_project(self, arguments: argparse.Namespace) -> argparse.Namespace:
        missing = [a for a in self._brought if getattr(arguments, a.dest) is None]
        if missing:
            names = ", ".join(action.option_strings[0] for action in missing)
            self.error(f"the following arguments are required: {names}, unless --project is given")
        check_needs(arguments, ["--photos-root"], "--project")
        check_needs(arguments, ["--replace"], "--project: name the mosaic that is edited")
        return arguments


def _as_given(name: str, value: object) -> str:
    """Return the option that gives a setting a value."""
    return f"--{'no-' if value is False else ''}{name.replace('_', '-')}"


def add_project_options(parser: ProjectParser) -> None:
    """Add the options on the mosaic as a file, and on single photos and cells.

    What the parser required before is then needed without --project only.
    """
    parser.need_unless_project()
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


def request_of(arguments: argparse.Namespace) -> Request:
    """Return the edits that the options ask for."""
    return Request(arguments.ban, arguments.must_use, arguments.pin, arguments.replace)


def project_written(arguments: argparse.Namespace) -> tuple[str, Path] | None:
    """Return where the project is written, and the option that names it; None if it is not.

    That is where --save-project says, or else, if it is edited, where it was read.
    """
    if arguments.save_project is not None:
        return "--save-project", arguments.save_project
    if arguments.project is not None and request_of(arguments):
        return "--project", arguments.project
    return None


def blaming_target(arguments: argparse.Namespace) -> AbstractContextManager[None]:
    """Name what named the target in the `InputError` that the `with` block raises."""
    project, advice = project_of(arguments), "name the target that it was made of"
    if project is None:
        return blaming("--target")
    if arguments.target != as_stored(Path(project.target)):
        return blaming("--target", advice)
    return blaming(project_option(arguments), f"{advice} with --target")


def blaming_photos(arguments: argparse.Namespace) -> AbstractContextManager[None]:
    """Name what named the folder of photos in the `InputError` that the `with` block raises."""
    project = project_of(arguments)
    if arguments.photos_root:
        return blaming("--photos-root")
    if project is None or arguments.codebook_dir != as_stored(Path(project.photos_dir)):
        return blaming("--codebook-dir")
    advice = "name the folder where the photos are now with --photos-root"
    return blaming(project_option(arguments), advice)


def project_option(arguments: argparse.Namespace) -> str:
    """Return what names the project in messages."""
    return f"--project {printable(arguments.project)}:"
