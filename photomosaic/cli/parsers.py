"""How parsers and single options are made: help texts, numbers within limits, paths."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, overload

from photomosaic.cli.console import Parser
from photomosaic.errors import InputError
from photomosaic.ranges import Range
from photomosaic.savepath import expanded

P = TypeVar("P", bound=Parser)


def number(limits: Range) -> Callable[[str], float]:
    """Return a converter of texts to numbers within limits, for argparse."""

    def convert(text: str) -> float:
        try:
            value = int(text) if limits.whole else float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not {limits}") from None
        if value not in limits:
            raise argparse.ArgumentTypeError(f"{text} is not {limits}")
        return value

    return convert


def add_number(
    group: argparse._ActionsContainer,
    option: str,
    limits: Range,
    default: float,
    text: str,
) -> None:
    """Add an option that takes a number within limits."""
    group.add_argument(
        option, type=number(limits), default=default, metavar="N", help=f"{text}; {limits}"
    )


def file_path(text: str) -> Path:
    """Convert a text to a path, for argparse; ~ is the user's home."""
    if not text or "\0" in text:
        raise argparse.ArgumentTypeError("is not a path")
    try:
        return expanded(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


@overload
def script_parser(description: str, example: str) -> Parser: ...


@overload
def script_parser(description: str, example: str, kind: type[P]) -> P: ...


def script_parser(description: str, example: str, kind: type[Parser] = Parser) -> Parser:
    """Return a parser whose help ends with an example."""
    return kind(
        description=description,
        epilog=f"example:\n{example}",
        formatter_class=_HelpFormatter,
        allow_abbrev=False,
    )


class _HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Keeps the example's lines, and shows the default of each option that has one."""

    def _get_help_string(self, action: argparse.Action) -> str:
        text = action.help or ""
        default = action.default
        if default is None or default is False or default in ([], argparse.SUPPRESS):
            return text
        shown = f"{default:g}" if isinstance(default, float) else str(default)
        shown = "on" if default is True else shown.replace("%", "%%")
        return f"{text} (default: {shown})"
