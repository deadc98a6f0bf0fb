"""Saved mosaics on the command line: their options, and what these stand for."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from photomosaic.cli.console import blaming
from photomosaic.cli.needs import check_needs
from photomosaic.cli.parser import Parser, file_path
from photomosaic.cli.settings import tile_options
from photomosaic.errors import InputError
from photomosaic.images.listing import printable
from photomosaic.matching.grid import TileSize
from photomosaic.options.fields import script_fields
from photomosaic.options.mosaic import MosaicOptions
from photomosaic.project.edits import Request
from photomosaic.project.files import read_project
from photomosaic.project.project import CHANGEABLE, Project


class ProjectParser(Parser):
    """A parser for which a project stands in for the options that it was made with."""

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
            target=Path(project.target),
            codebook_dir=Path(project.photos_dir),
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
        brought = [field for _, field in script_fields(MosaicOptions, "mosaic") if field.required]
        missing = [field.flag for field in brought if getattr(arguments, field.name) is None]
        if missing:
            names = ", ".join(missing)
            self.error(f"the following arguments are required: {names}, unless --project is given")
        check_needs(arguments, ["--photos-root"], "--project")
        check_needs(arguments, ["--replace"], "--project: name the mosaic that is edited")
        return arguments


def _as_given(name: str, value: object) -> str:
    """Return the option that gives a setting a value."""
    return f"--{'no-' if value is False else ''}{name.replace('_', '-')}"


def project_of(arguments: argparse.Namespace) -> Project | None:
    """Return the project that is rendered again, if it is one."""
    project: Project | None = getattr(arguments, "project_read", None)
    return project


def project_tile(arguments: argparse.Namespace) -> TileSize:
    """Return the tile size at which photos are compared, that of the project if there is one."""
    project = project_of(arguments)
    scale = project.settings["scale"] if project else arguments.scale
    return TileSize.of(tile_options(arguments), scale)


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
    if arguments.target != Path(project.target):
        return blaming("--target", advice)
    return blaming(_project_option(arguments), f"{advice} with --target")


def blaming_photos(arguments: argparse.Namespace) -> AbstractContextManager[None]:
    """Name what named the folder of photos in the `InputError` that the `with` block raises."""
    project = project_of(arguments)
    if arguments.photos_root:
        return blaming("--photos-root")
    if project is None or arguments.codebook_dir != Path(project.photos_dir):
        return blaming("--codebook-dir")
    advice = "name the folder where the photos are now with --photos-root"
    return blaming(_project_option(arguments), advice)


def _project_option(arguments: argparse.Namespace) -> str:
    return f"--project {printable(arguments.project)}:"
