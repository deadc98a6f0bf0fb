"""Fields of dataclasses that are options: declared, looked up, and checked."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass
from typing import Any, ClassVar, Literal

from photomosaic.errors import InputError
from photomosaic.ranges import Range

_KEY = "option"


@dataclass(frozen=True, kw_only=True)
class Option:
    """What is known of an option besides its name, type and default.

    Attributes
    ----------
    help : str
        One sentence without a full stop.
    limits : Range or None
        The numbers that it may be.
    scripts : tuple of str
        The scripts that take it; empty for all that take its dataclass.
    group : str
        Its heading in the help, if not that of its dataclass.
    flag : str
        Its name on the command line, if not that of the field.
    metavar : str or None
    bare : object
        Its value if it is given without one; None if it needs one.
    parse : callable or None
        Makes a value of a text, and raises `InputError` if it cannot.
    aliases : mapping of str to (object, str)
        Options that stand for a value of this one, each with its help.
    exclusive : str
        Options with the same word exclude each other.
    in_project : bool
        Whether a project file keeps it.
    changeable : bool
        Whether a mosaic of a project may be rendered again with another value.
    from_project : bool
        Whether a project brings it, so that it must be given without one only.
    slider : (float, float) or None
        Lowest and highest position of its slider in the notebook.
    trackbar : bool
        Whether the window has a trackbar for it.
    writes : str
        How the page calls the file or folder that it names, if it names one that is written; may
        hold marks, as savepaths do.
    """

    help: str
    limits: Range | None = None
    scripts: tuple[str, ...] = ()
    group: str = ""
    flag: str = ""
    metavar: str | None = None
    bare: object = None
    parse: Callable[[str], Any] | None = None
    aliases: Mapping[str, tuple[object, str]] = dataclasses.field(default_factory=dict)
    exclusive: str = ""
    in_project: bool = False
    changeable: bool = False
    from_project: bool = False
    slider: tuple[float, float] | None = None
    trackbar: bool = False
    writes: str = ""


@dataclass(frozen=True)
class OptionField:
    """A field that is an option.

    Attributes
    ----------
    name : str
        The field's.
    flag : str
        With its two hyphens.
    kind : type
        Of one value: bool, int, float, str or Path, without None and tuple.
    choices : tuple of str
        The words that it may be; empty if any.
    several : bool
        Whether it may be given several times.
    default : object
        `dataclasses.MISSING` if it must be given.
    option : Option
    """

    name: str
    flag: str
    kind: type
    choices: tuple[str, ...]
    several: bool
    default: object
    option: Option

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is MISSING

    def check(self, value: object) -> None:
        """Raise `InputError`, naming the option, for a value that it may not be."""
        if value is None and self.default is None:
            return
        if self.choices and value not in self.choices:
            raise InputError(f"{self.flag}: {value!r} is not one of {', '.join(self.choices)}")
        if self.option.limits is not None:
            self.option.limits.check(self.flag, typing.cast(float, value))


def option(
    default: Any = MISSING,
    help: str = "",
    limits: Range | None = None,
    **known: Any,
) -> Any:
    """Declare a field of a dataclass as an option; see `Option`."""
    metadata = {_KEY: Option(help=help, limits=limits, **known)}
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Preset:
    """A word on the command line that stands for other defaults of several options.

    Attributes
    ----------
    flag : str
        With its two hyphens.
    help : str
    values : mapping of str to object
        The defaults by the names of the options; a script passes over those that it does not take.
    """

    flag: str
    help: str
    values: Mapping[str, object]


class Options:
    """Base of the dataclasses whose fields are options, or are such dataclasses themselves.

    Raises
    ------
    InputError
        If a value is out of its range; the message names the option.
    """

    heading: ClassVar[str] = ""
    presets: ClassVar[tuple[Preset, ...]] = ()

    def __post_init__(self) -> None:
        for each in own_fields(type(self)):
            each.check(getattr(self, each.name))


def own_fields(group: type[Any]) -> tuple[OptionField, ...]:
    """Return the options that are fields of a dataclass itself, those that must be given first."""
    hints = typing.get_type_hints(group)
    found = [
        _as_option_field(field, hints[field.name])
        for field in dataclasses.fields(group)
        if _KEY in field.metadata
    ]
    return tuple(sorted(found, key=lambda field: not field.required))


def groups(options: type) -> Iterator[tuple[str, type[Options]]]:
    """Yield the names and classes of the groups of options that a dataclass is made of."""
    hints = typing.get_type_hints(options)
    for field in dataclasses.fields(options):
        kind = hints[field.name]
        if isinstance(kind, type) and issubclass(kind, Options):
            yield field.name, kind


def script_fields(options: type, script: str) -> Iterator[tuple[str, OptionField]]:
    """Yield the options that a script takes, each with its heading.

    Parameters
    ----------
    options : type
        The dataclass of all options of the script.
    script : str
        Its name without .py.
    """
    defaults: Mapping[str, object] = getattr(options, "defaults", {})
    for _, group in groups(options):
        for each in own_fields(group):
            if each.option.scripts and script not in each.option.scripts:
                continue
            if each.name in defaults:
                each = dataclasses.replace(each, default=defaults[each.name])
            yield each.option.group or group.heading, each


def script_presets(options: type) -> Iterator[tuple[str, Preset]]:
    """Yield the presets among the options of a script, each with its heading."""
    for _, group in groups(options):
        for preset in group.presets:
            yield group.heading, preset


def flat(options: Any) -> dict[str, Any]:
    """Return the values of all options of a script by name."""
    parts = [getattr(options, name) for name, _ in groups(type(options))]
    return {
        field.name: getattr(part, field.name) for part in parts for field in own_fields(type(part))
    }


def _as_option_field(field: dataclasses.Field[Any], hint: Any) -> OptionField:
    known: Option = field.metadata[_KEY]
    flag = f"--{known.flag or field.name.replace('_', '-')}"
    several = typing.get_origin(hint) is tuple
    kinds = _alternatives(typing.get_args(hint)[0] if several else hint)
    choices: tuple[str, ...] = ()
    if typing.get_origin(kinds[0]) is Literal:
        choices, kinds = typing.get_args(kinds[0]), [str]
    return OptionField(
        field.name,
        flag,
        kinds[0],
        choices,
        several=several,
        default=field.default,
        option=known,
    )


def _alternatives(hint: Any) -> list[Any]:
    """Return the types that a union is made of, without None."""
    is_union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    return [
        kind for kind in (typing.get_args(hint) if is_union else [hint]) if kind is not type(None)
    ]
