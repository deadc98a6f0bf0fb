"""The help of a script: short with the options most needed, or of all options; with colours."""

from __future__ import annotations

import argparse
import copy
import os
import re
import textwrap
from collections.abc import Sequence
from typing import IO

from photomosaic.options.fields import OptionField

BOLD, CYAN, RED, YELLOW = "1", "36", "31", "33"

_FLAG = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")
_HEADING = re.compile(r"^(?=\S)[^\n]*:$|^usage:", re.MULTILINE)


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of the example, and shows the default of each option that has one."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        # Paths and options stay whole, to be found and copied.
        return textwrap.wrap(" ".join(text.split()), width, break_on_hyphens=False)

    def _get_help_string(self, action: argparse.Action) -> str:
        text, default = action.help or "", action.default
        if default is None or default is False or default in ([], argparse.SUPPRESS):
            return text
        shown = f"{default:g}" if isinstance(default, float) else str(default)
        shown = "on" if default is True else shown.replace("%", "%%")
        return f"{text} (default: {shown})"


class HelpAllAction(argparse.Action):
    """Shows the help of all options, and ends the script."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print the help of all options."""
        parser.print_help(all_options=True)  # type: ignore[call-arg]
        parser.exit()


def usage_of(fields: Sequence[OptionField]) -> str:
    """Return the usage of a script in one line: the options that must be given, then any."""
    needed = [f"{field.flag} {value_word(field)}" for field in fields if field.required]
    return " ".join(["%(prog)s", *needed, "[options]"])


def value_word(field: OptionField) -> str:
    """Return the word that stands for the value of an option."""
    return field.option.metavar or ("N" if field.option.limits else field.flag[2:].upper())


def short_action(action: argparse.Action) -> argparse.Action:
    """Return an option of a parser with the first clause of its help alone."""
    short = copy.copy(action)
    short.help = (action.help or "").partition(";")[0]
    return short


def has_colours(stream: IO[str] | None) -> bool:
    """Tell whether a stream is a terminal that shows colours, and nobody asked for none."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return stream is not None and stream.isatty() and not plain


def in_colour(text: str, colour: str) -> str:
    """Return a text for a terminal in a colour (ECMA-48, select graphic rendition)."""
    return f"\033[{colour}m{text}\033[0m"


def coloured_help(text: str) -> str:
    """Return the text of a help with its headings and options in colours."""
    text = _HEADING.sub(lambda match: in_colour(match.group(), BOLD), text)
    return _FLAG.sub(lambda match: in_colour(match.group(), CYAN), text)
