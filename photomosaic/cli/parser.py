"""The parser of a script, made of the fields of its options."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import IO, Any, Never, TypeVar

from photomosaic.cli.help import (
    HelpAllAction,
    HelpFormatter,
    coloured_help,
    has_colours,
    short_action,
    usage_of,
    value_word,
)
from photomosaic.cli.mistakes import is_like_option, meant, stray_words, unknown_option
from photomosaic.errors import InputError
from photomosaic.files.names import printable
from photomosaic.files.savepath import expanded
from photomosaic.options.fields import (
    OptionField,
    Options,
    Preset,
    groups,
    own_fields,
    script_fields,
    script_presets,
)
from photomosaic.options.scripts import MOST_NEEDED
from photomosaic.ranges import Range

T = TypeVar("T")
P = TypeVar("P", bound="Parser")
G = TypeVar("G", bound=Options)


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, raised as `InputError`.

    Attributes
    ----------
    presets : tuple of Preset
    most_needed : tuple of str
        The destinations of the options that the short help shows; empty if that shows all.
    """

    presets: tuple[Preset, ...] = ()
    most_needed: tuple[str, ...] = ()

    def error(self, message: str) -> Never:
        """Raise the message, naming the option, as `InputError`."""
        raise InputError(f"{printable(message.removeprefix('argument '))} (see --help)")

    def parse_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> argparse.Namespace:
        """Parse options; for an unknown one, name the one that was probably meant."""
        words = list(sys.argv[1:] if args is None else args)
        self._set_presets(words)
        for before, word in pairwise(["", *words]):
            known = word.partition("=")[0] in {"--", *self._option_string_actions}
            if is_like_option(word) and not known and not self._takes_value(before):
                self.error(unknown_option(word, self._option_string_actions, self.prog))
        arguments, stray = super().parse_known_args(args, namespace)
        if stray:
            self.error(stray_words(words, self._takes_value) or f"unknown: {' '.join(stray)}")
        return arguments

    def print_help(self, file: IO[str] | None = None, *, all_options: bool = False) -> None:  # type: ignore[override]
        """Print the help, of the options most needed or of all, in colours on a terminal."""
        text = self.format_help() if all_options or not self.most_needed else self._short_help()
        stream = file or sys.stdout
        self._print_message(coloured_help(text) if has_colours(stream) else text, stream)

    def _short_help(self) -> str:
        by_name = {action.dest: action for action in reversed(self._actions)}
        shown = [short_action(by_name[name]) for name in (*self.most_needed, "help_all")]
        formatter = self._get_formatter()
        formatter.add_usage(self.usage, self._actions, [])
        formatter.add_text(self.description)
        formatter.start_section("options")
        formatter.add_arguments(shown)
        formatter.end_section()
        formatter.add_text(self.epilog)
        return formatter.format_help()

    def _takes_value(self, word: str) -> bool:
        action = self._option_string_actions.get(word)
        return action is not None and action.nargs is None

    def _check_value(self, action: argparse.Action, value: object) -> None:
        if action.choices is not None and value not in action.choices:
            known = [str(choice) for choice in action.choices]
            problem = f"{value!r} is not one of {', '.join(known)}{meant(str(value), known)}"
            raise argparse.ArgumentError(action, problem)

    def _set_presets(self, words: Sequence[str]) -> None:
        # As defaults, so that options given beside a preset count, before it or after.
        taken = {action.dest for action in self._actions}
        for preset in self.presets:
            if preset.flag in words:
                known = {name: value for name, value in preset.values.items() if name in taken}
                self.set_defaults(**known)


def script_parser(
    options: type,
    script: str,
    description: str,
    example: str,
    kind: type[P] = Parser,  # type: ignore[assignment]
) -> P:
    """Return the parser of a script.

    Parameters
    ----------
    options : type
        The dataclass of its options.
    script : str
        Its name without .py.
    description : str
    example : str
        The command that ends the help.
    kind : type, optional
    """
    fields = list(script_fields(options, script))
    parser = kind(
        prog=f"{script}.py",
        usage=usage_of([field for _, field in fields]),
        description=description,
        epilog=f"example:\n{example}",
        formatter_class=HelpFormatter,
        allow_abbrev=False,
    )
    # From Python 3.14 on, argparse has colours of its own.
    parser.color = False  # type: ignore[attr-defined]
    parser.most_needed = MOST_NEEDED.get(script, ())
    parser.add_argument(
        "--help-all", action=HelpAllAction, help=f"show all {len(fields)} options, and exit"
    )
    headings: dict[str, argparse._ArgumentGroup] = {}
    exclusive: dict[str, argparse._MutuallyExclusiveGroup] = {}
    takes_project = any(field.name == "project" for _, field in fields)
    for heading, field in fields:
        if heading not in headings:
            headings[heading] = parser.add_argument_group(heading)
        place: argparse._ActionsContainer = headings[heading]
        if field.option.exclusive:
            word = field.option.exclusive
            if word not in exclusive:
                exclusive[word] = headings[heading].add_mutually_exclusive_group()
            place = exclusive[word]
        _add(place, field, brought=takes_project and field.option.from_project)
    parser.presets = tuple(preset for _, preset in script_presets(options))
    for heading, preset in script_presets(options):
        headings[heading].add_argument(preset.flag, action="store_true", help=preset.help)
    return parser


def options_of(kind: type[T], arguments: argparse.Namespace) -> T:
    """Return the parsed options as the dataclass of a script.

    Raises
    ------
    InputError
        If a value is out of its range, or options cannot be combined.
    """
    return kind(**{name: group_of(group, arguments) for name, group in groups(kind)})


def group_of(group: type[G], arguments: argparse.Namespace) -> G:
    """Return one group of the parsed options; those that the script does not take by default."""
    taken = [field for field in own_fields(group) if hasattr(arguments, field.name)]
    values = {field.name: getattr(arguments, field.name) for field in taken}
    values |= {field.name: tuple(values[field.name]) for field in taken if field.several}
    return group(**values)


def file_path(text: str) -> Path:
    """Convert a text to a path, for argparse; ~ is the user's home."""
    if not text or "\0" in text:
        raise argparse.ArgumentTypeError("is not a path")
    return _or_argument_error(expanded)(text)


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


def _add(place: argparse._ActionsContainer, field: OptionField, *, brought: bool) -> None:
    option = field.option
    known: dict[str, Any] = {"dest": field.name, "help": help_text(field, brought=brought)}
    if field.required:
        known["required"] = not brought
    else:
        known["default"] = list(field.default) if field.several else field.default  # type: ignore[call-overload]
    if field.kind is bool:
        switch = "store_true" if field.default is False else argparse.BooleanOptionalAction
        place.add_argument(field.flag, action=switch, **known)
        return
    if field.several:
        known["action"] = "append"
    if field.choices:
        known["choices"] = field.choices
    else:
        # None keeps a default that is more than its text.
        known["type"] = _converter(field)
        known["metavar"] = value_word(field)
    if option.bare is not None:
        known |= {"nargs": "?", "const": option.bare}
    place.add_argument(field.flag, **known)
    for alias, (value, text) in option.aliases.items():
        place.add_argument(alias, dest=field.name, action="store_const", const=value, help=text)


def help_text(field: OptionField, *, brought: bool) -> str:
    """Return the help of an option with its range, and when it is needed, for argparse."""
    text = field.option.help.replace("%", "%%")
    if field.option.limits:
        text += f"; {field.option.limits}"
    if field.option.bare is not None:
        text += f"; {field.option.bare} if N is left out"
    return f"{text}; needed, unless --project is given" if brought and field.required else text


def _converter(field: OptionField) -> Callable[[str], Any] | None:
    if field.option.limits:
        return number(field.option.limits)
    if field.option.parse:
        return _or_argument_error(field.option.parse)
    return file_path if field.kind is Path else None


def _or_argument_error(parse: Callable[[str], T]) -> Callable[[str], T]:
    def convert(text: str) -> T:
        try:
            return parse(text)
        except InputError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return convert
