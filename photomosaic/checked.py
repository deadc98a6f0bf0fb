"""What files of the user hold, checked against types."""

from __future__ import annotations

import os
import re
from typing import Any, TypeVar

import msgspec

from photomosaic.errors import InputError

T = TypeVar("T")

_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
    "Twice": "a key that appears twice",
    "TooLong": "a number with too many digits",
}
_SHOWN = 60


class Twice:
    """Stands for the value of a key that a file gives twice."""


class TooLong:
    """Stands for a number with too many digits."""


def checked(value: object, kind: type[T], place: str = "") -> T:
    """Return a value as a type; nothing is converted but whole numbers where others are allowed.

    Parameters
    ----------
    value : object
        Of dicts, lists, texts and numbers.
    kind : type
        A `msgspec.Struct` or dataclass, whose fields may be annotated with `msgspec.Meta`.
    place : str
        Where the value stands in its file, for messages.

    Raises
    ------
    InputError
        If it is something else; the message names the place.
    """
    try:
        return msgspec.convert(value, kind)
    except UnicodeEncodeError:
        # msgspec meets a lone surrogate where no text belongs.
        return checked(_escaped(value), kind, place)
    except msgspec.ValidationError as error:
        reason, at, below = str(error).rpartition(" - at `$")
        if not at:
            reason, below = below, "`"
        where = f"{place}{below[:-1]}".removeprefix(".")
        raise InputError(f"{where or 'the file'}: {_in_words(reason)}") from error


def _escaped(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _escaped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value


def _in_words(reason: str) -> str:
    if "matching regex" in reason:
        return "is not in the form that this toolkit writes"
    missing = re.fullmatch("Object missing required field `(.*)`", reason)
    if missing:
        return f"{missing[1]} is missing"
    reason = reason.replace("Expected", "expected").replace(", got", ", not")
    return re.sub(
        "`(.*?)`", lambda m: " or ".join(_WORDS.get(w, w) for w in m[1].split(" | ")), reason
    )


def check_name(place: str, name: str) -> str:
    """Return the name of a file, or of a part of it; raises `InputError` if no file can have it."""
    try:
        if name and b"\0" not in os.fsencode(name):
            return name
    except UnicodeEncodeError:
        pass
    raise InputError(f"{place}: no file can be called {shown(name)}")


def shown(value: object) -> str:
    """Return a value for a message, in at most some 60 letters of ASCII."""
    text = ascii(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
