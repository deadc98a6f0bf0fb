"""A script as one value: its options, its job, and the lines that it ends with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from photomosaic.cli.parser import Parser, script_parser
from photomosaic.progress import Work


@dataclass(frozen=True)
class Command:
    """A script.

    Attributes
    ----------
    script : str
        Its name without .py.
    options : type
        The dataclass of its options.
    description : str
    example : str
        The command that ends the help.
    job : callable
        Takes the options and a `Work`, and returns the lines to print.
    kind : type, optional
        Of the parser.
    """

    script: str
    options: type
    description: str
    example: str
    job: Callable[[Any, Work], Sequence[str]]
    kind: type[Parser] = Parser

    def parser(self) -> Parser:
        """Return the parser of the options."""
        return script_parser(self.options, self.script, self.description, self.example, self.kind)
