"""The parser of mosaic.py, for which a project brings options."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from photomosaic.cli.parser import Parser, file_path
from photomosaic.errors import naming
from photomosaic.files.names import as_stored
from photomosaic.options.fields import script_fields
from photomosaic.options.mosaic import MosaicOptions
from photomosaic.project.files import read_project


class ProjectParser(Parser):
    """A parser that takes from a project what is not given."""

    def parse_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> argparse.Namespace:
        """Parse options; with --project, those that are not given come from it."""
        early = Parser(add_help=False, allow_abbrev=False)
        early.add_argument("--project", type=file_path)
        early.add_argument("-h", "--help", "--help-all", action="store_true")
        given = early.parse_known_args(args)[0]
        if given.project is None or given.help:
            arguments = super().parse_args(args, namespace)
            self._check_complete(arguments)
            return arguments
        with naming("--project"):
            project = read_project(given.project)
        target, photos_dir = as_stored(Path(project.target)), as_stored(Path(project.photos_dir))
        self.set_defaults(**project.settings, target=target, codebook_dir=photos_dir)
        arguments = super().parse_args(args, namespace)
        if arguments.photos_root:
            arguments.codebook_dir = arguments.photos_root
        return arguments

    def _check_complete(self, arguments: argparse.Namespace) -> None:
        fields = [field for _, field in script_fields(MosaicOptions, "mosaic") if field.required]
        missing = [field.flag for field in fields if getattr(arguments, field.name) is None]
        if missing:
            names = ", ".join(missing)
            self.error(f"the following arguments are required: {names}, unless --project is given")
