"""The settings that a project keeps, read off the fields of the options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
