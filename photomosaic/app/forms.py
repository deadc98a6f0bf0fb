"""The options of a script as controls of a form, and what was entered as words for its parser."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from photomosaic.cli.command import Command
from photomosaic.cli.help import value_word
from photomosaic.cli.parser import options_of
from photomosaic.errors import InputError
from photomosaic.options.fields import OptionField, Preset, script_fields, script_presets
from photomosaic.options.scripts import MOST_NEEDED
from photomosaic.options.values import DefaultTemplate

Kind = Literal["switch", "choice", "slider", "number", "text", "lines", "path", "output", "name"]

LEFT_OUT_HEADINGS = {"cache", "messages"}
# Of several computers, of projects that exist already, and what deletes.
LEFT_OUT = {"scheduler", "remote_root", "project", "photos_root", "replace", "forget", "advise"}
# Without these nothing is made, or it would go elsewhere.
ALWAYS_WRITTEN = {"savepath", "savedir"}
UNSET = ""


@dataclass(frozen=True)
class Control:
    """An option as something to enter.

    Attributes
    ----------
    field : OptionField or None
        None for a preset, a switch that stands for several options.
    name, flag, label, hint, heading : str
    kind : str
    default : object
        What it shows first; `UNSET` if nothing.
    choices : tuple of str
    low, high : float
        Of a slider.
    main : bool
        Whether it is among the options that are needed most.
    """

    field: OptionField | None
    name: str
    flag: str
    label: str
    hint: str
    heading: str
    kind: Kind
    default: object
    choices: tuple[str, ...] = ()
    low: float = 0
    high: float = 1
    main: bool = False

    @property
    def is_folder(self) -> bool:
        """Whether the path that it takes is that of a folder."""
        return self.field is not None and self.field.option.metavar == "DIR"

    @property
    def required(self) -> bool:
        """Whether nothing can be made without it."""
        return self.field is not None and self.field.required


@dataclass(frozen=True)
class Form:
    """The controls of a script, those needed most first and in that order."""

    command: Command
    controls: tuple[Control, ...]

    @classmethod
    def of(cls, command: Command) -> Form:
        """Return the form of a script."""
        most = MOST_NEEDED[command.script]
        found = [
            _control(field, heading, main=field.name in most)
            for heading, field in script_fields(command.options, command.script)
            if heading not in LEFT_OUT_HEADINGS and field.name not in LEFT_OUT
        ]
        presets = script_presets(command.options)
        found += [_preset(preset, heading) for heading, preset in presets]
        # The name of the result comes last: it is the only one of them that has a good default.
        place = {name: number for number, name in enumerate(most) if name != "savepath"}
        place["savepath"] = len(most)
        found.sort(key=lambda control: place.get(control.name, len(place)))
        return cls(command, tuple(found))

    @property
    def defaults(self) -> dict[str, object]:
        """What all controls show first."""
        return {control.name: control.default for control in self.controls}

    def words(self, values: Mapping[str, object]) -> list[str]:
        """Return what was entered, where it is no default, as words of a command line."""
        found = [_words(each, values.get(each.name, each.default)) for each in self.controls]
        return [word for words in found for word in words]

    def outputs(self, values: Mapping[str, object], folder: Path) -> dict[str, Any]:
        """Return the places of what is written, all in one folder, by option.

        Raises
        ------
        InputError
            If a name is no name of a file.
        """
        found: dict[str, Any] = {}
        for each in self.controls:
            value = values.get(each.name, each.default)
            if each.field is None or not each.field.option.writes:
                continue
            if each.kind == "name":
                name = _file_name(each, str(value))
                place = str(folder).replace("%", "%%") + f"/{name}"
                found[each.name] = place if name != each.default else DefaultTemplate(place)
                if each.field.kind is Path:
                    found[each.name] = folder / name
            elif value or each.name in ALWAYS_WRITTEN:
                found[each.name] = folder / each.field.option.writes
        return found

    def options(self, words: Sequence[str], outputs: Mapping[str, object]) -> Any:
        """Return the typed options; raises `InputError` as the script would."""
        parser = self.command.parser()
        parser.set_defaults(**outputs)
        return options_of(self.command.options, parser.parse_args(words))


def _control(field: OptionField, heading: str, *, main: bool) -> Control:
    option, kind = field.option, _kind(field)
    low, high = option.slider or (0, 1)
    if kind == "slider" and option.limits and not math.isinf(option.limits.high):
        low, high = max(low, option.limits.low), min(max(high, 1), option.limits.high)
    return Control(
        field=field,
        name=field.name,
        flag=field.flag,
        label=_label(field.flag),
        hint=option.help.partition(";")[0] if main else option.help,
        heading=heading,
        kind=kind,
        default=_default_of(field, kind),
        choices=("on", "off") if kind == "choice" and field.kind is bool else field.choices,
        low=low,
        high=high,
        main=main,
    )


def _preset(preset: Preset, heading: str) -> Control:
    return Control(
        field=None,
        name=preset.flag,
        flag=preset.flag,
        label=_label(preset.flag),
        hint=preset.help,
        heading=heading,
        kind="switch",
        default=False,
    )


def _default_of(field: OptionField, kind: Kind) -> object:
    """Return what the control of an option shows first."""
    if kind == "name":
        return field.option.writes
    if kind in ("switch", "output"):
        return kind == "switch" and bool(field.default)
    if kind == "lines" or field.required or field.default is None:
        return UNSET
    return field.default


def _kind(field: OptionField) -> Kind:
    option, limits = field.option, field.option.limits
    if option.writes:
        return "name" if field.name == "savepath" else "output"
    if field.several:
        return "lines"
    if field.choices or (field.kind is bool and field.default is None):
        return "choice"
    if field.kind is bool or (limits and limits.whole and (limits.low, limits.high) == (0, 1)):
        return "switch"
    if field.kind is Path or option.metavar in ("FILE", "DIR"):
        return "path"
    if limits is None:
        return "text"
    bounded = option.slider or (limits.high - limits.low <= 1 and not limits.low_open)
    return "slider" if bounded and field.default is not None else "number"


def placeholder(control: Control) -> str:
    """Return what an empty control stands for or takes, in a word."""
    field = control.field
    if field is None or field.option.limits is not None:
        return "not set"
    return value_word(field)


def _words(control: Control, value: object) -> list[str]:
    field, flag = control.field, control.flag
    if control.kind in ("output", "name") or value == control.default or value in (None, UNSET):
        return []
    if field is None:
        return [flag]
    if control.kind == "lines":
        return [f"{flag}={line.strip()}" for line in str(value).splitlines() if line.strip()]
    if field.kind is bool:
        on = value in (True, "on")
        return [flag if on else f"--no-{flag[2:]}"]
    if control.kind == "switch":
        return [f"{flag}={int(bool(value))}"]
    if isinstance(value, float):
        return [f"{flag}={value:g}"]
    return [f"{flag}={value}"]


def _file_name(control: Control, value: str) -> str:
    if not value or value.startswith(".") or "/" in value or "\0" in value:
        raise InputError(f"{control.label}: is no name of a file, without folders")
    return value


def _label(flag: str) -> str:
    words = flag.lstrip("-").replace("-", " ")
    known = {
        "codebook dir": "Photos",
        "photos dir": "Photos",
        "target": "Picture",
        "target face dir": "Photos of the person",
        "other face dir": "Photos of other people",
        "savepath": "File name",
        "fps": "Frames per second",
    }
    return known.get(words, words[:1].upper() + words[1:])
