"""The settings that a project keeps, read off the fields of the options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from photomosaic.errors import InputError
from photomosaic.options.fields import OptionField, flat, script_fields
from photomosaic.options.mosaic import MosaicOptions


def kept_fields(options: type) -> dict[str, OptionField]:
    """Return the options of a mosaic that its project keeps, by name."""
    fields = [field for _, field in script_fields(options, "mosaic")]
    return {field.name: field for field in fields if field.option.in_project}


SETTINGS: Mapping[str, OptionField] = kept_fields(MosaicOptions)


def settings_of(options: MosaicOptions) -> dict[str, Any]:
    """Return the settings that a project of a mosaic keeps, as JSON holds them."""
    values = flat(options)
    kept = {name: values[name] for name in SETTINGS}
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in kept.items()
    }


def check_unchanged(settings: Mapping[str, Any], options: MosaicOptions) -> None:
    """Raise `InputError` if an option differs from a setting that the project fixes."""
    given = settings_of(options)
    for name, field in SETTINGS.items():
        if not field.option.changeable and given[name] != settings[name]:
            flag = f"--no-{field.flag[2:]}" if given[name] is False else field.flag
            raise InputError(f"{flag}: is fixed by the project; make a new mosaic for that")


def check_setting(name: str, value: Any) -> None:
    """Raise `InputError` that names the setting unless an option may have that value."""
    field = SETTINGS[name]
    optional = field.default is None
    kinds: tuple[type, ...] = (int, float) if field.kind is float else (field.kind,)
    if field.several:
        fits = isinstance(value, list) and all(isinstance(item, str) for item in value)
    else:
        fits = isinstance(value, kinds) and (field.kind is bool or not isinstance(value, bool))
    if not (fits or (optional and value is None)):
        raise InputError(f"settings.{name}: {str(value)[:40]!r} is not what belongs there")
    try:
        field.check(value)
    except InputError as error:
        raise InputError(f"settings.{name}: {str(error).partition(': ')[2]}") from None
