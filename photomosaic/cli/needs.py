"""Options that change nothing without another one."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from photomosaic.errors import InputError


def check_needs(arguments: argparse.Namespace, options: Sequence[str], needed: str) -> None:
    """Raise `InputError` if one of these options is given, since what it needs is not.

    Parameters
    ----------
    arguments : Namespace
        Where options that are not given are None or an empty list.
    options : sequence of str
        Of one that can be switched off, the form that switches it on.
    needed : str
        What they need, and the way to it.
    """
    for option in options:
        value = getattr(arguments, option[2:].replace("-", "_"))
        if value is not None and value != []:
            given = f"--no-{option[2:]}" if value is False else option
            raise InputError(f"{given} needs {needed}")
