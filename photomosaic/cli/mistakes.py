"""Words on what was probably meant by a command line that cannot be parsed."""

from __future__ import annotations

import difflib
import itertools
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from photomosaic.options.fields import script_fields
from photomosaic.options.scripts import BY_SCRIPT

# What other programs call it, in the order of preference.
OTHER_WORDS: Mapping[str, Sequence[str]] = {
    "--input": ("--target", "--photos-dir"),
    "--image": ("--target",),
    "--picture": ("--target",),
    "--video": ("--target",),
    "--photos": ("--codebook-dir", "--photos-dir"),
    "--photos-dir": ("--codebook-dir",),
    "--tiles": ("--codebook-dir",),
    "--folder": ("--codebook-dir", "--photos-dir"),
    "--codebook-dir": ("--photos-dir",),
    "--out": ("--savepath", "--savedir"),
    "--output": ("--savepath", "--savedir"),
    "--output-dir": ("--savedir", "--savepath"),
    "--savepath": ("--savedir",),
    "--savedir": ("--savepath",),
    "--width": ("--target-width", "--output-width"),
    "--spacing": ("--min-spacing",),
    "--repeats": ("--max-uses",),
    "--blend": ("--opacity",),
    "--alpha": ("--opacity",),
    "--threads": ("--workers",),
    "--jobs": ("--workers",),
    "--i": ("--target", "--photos-dir"),
    "--o": ("--savepath", "--savedir"),
    "--q": ("--quiet",),
    "--v": ("--verbose",),
    "--color": ("--colors",),
    "--colours": ("--colors",),
}
# How text is written by programs that replace hyphens, and by people who use one.
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212"


def unknown_option(word: str, known: Iterable[str], script: str) -> str:
    """Return the message on an option that a script does not have.

    Parameters
    ----------
    word : str
        As it was typed.
    known : iterable of str
        The options of the script, with their hyphens.
    script : str
        Its file's name.
    """
    known = list(known)
    option = f"--{word.partition('=')[0].lstrip(_DASHES).replace('_', '-').lower()}"
    words = [option, *OTHER_WORDS.get(option, ())]
    found = next((each for each in words if each in known), None)
    if found is None and (others := _scripts_with(option)):
        return f"{option} is an option of {' and '.join(others)}, not of {script}"
    return f"unknown option {word.partition('=')[0]}{meant(found or option, known)}"


def meant(word: str, known: Sequence[str]) -> str:
    """Return the question whether the known word closest to one was meant; "" if none is close."""
    close = difflib.get_close_matches(word, known, 1)
    return f"; did you mean {close[0]}?" if close else ""


def stray_words(words: Sequence[str], takes_value: Callable[[str], bool]) -> str | None:
    """Return the message on words that no option takes; None if there are none.

    Parameters
    ----------
    words : sequence of str
        All that was typed.
    takes_value : callable
        Tells whether a word is an option that a value follows.
    """
    for place, word in enumerate(words):
        before = words[place - 1] if place else ""
        if not word.startswith("-") and not takes_value(before):
            stray = list(itertools.takewhile(lambda each: not each.startswith("-"), words[place:]))
            option, equals, value = before.partition("=")
            if not (equals and takes_value(option)) and place > 1:
                option, value = words[place - 2], before
            return _stray(stray, option if takes_value(option) else "", value)
    return None


def _stray(stray: Sequence[str], option: str, value: str) -> str:
    """Return the message on words after the value of an option; "" for none."""
    first = shlex.quote(stray[0])
    if not option:
        return f"{first} stands alone; write an option before it, as in --target {first}"
    if Path(stray[0]).exists() and Path(value).exists():
        return (
            f"{option} takes one value, and {first} is another; a pattern needs quotes, and an"
            " option that is repeatable is written again"
        )
    whole = shlex.quote(" ".join([value, *stray]))
    return f"{first} belongs to no option; a path with spaces needs quotes: {option} {whole}"


def is_like_option(word: str) -> bool:
    """Tell whether a word was probably meant as an option: hyphens or dashes, and a letter."""
    return word.startswith(tuple(_DASHES)) and word.lstrip(_DASHES)[:1].isalpha()


def _scripts_with(option: str) -> list[str]:
    return [
        f"{script}.py"
        for script, options in BY_SCRIPT.items()
        if any(field.flag == option for _, field in script_fields(options, script))
    ]
