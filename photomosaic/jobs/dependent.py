"""Dependent options, refused without the option that they depend on."""

from __future__ import annotations

from photomosaic.errors import InputError
from photomosaic.options.fields import Options, own_fields


def check_needs(options: Options, names: str, needed: str) -> None:
    """Raise `InputError` if one of these options is given; call it if what they need is not.

    Parameters
    ----------
    options : Options
    names : str
        Fields with spaces between; those that are not given are None or empty.
    needed : str
        What they need, and why.
    """
    flags = {field.name: field.flag for field in own_fields(type(options))}
    for name in names.split():
        value = getattr(options, name)
        if value is not None and value != ():
            given = f"--no-{flags[name][2:]}" if value is False else flags[name]
            raise InputError(f"{given} needs {needed}")
