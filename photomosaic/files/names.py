"""Names of files as people mean them: letter case and the form of Unicode make no difference."""

from __future__ import annotations

import fnmatch
import os
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path


def printable(path: str | Path) -> str:
    """Return a path for a message: on one line, with what cannot be shown escaped."""
    return "".join(c if c.isprintable() else _escaped(c) for c in os.fspath(path))


def printable_lines(text: str) -> str:
    """Return a message of several lines with all other control characters escaped."""
    return "\n".join(map(printable, text.split("\n")))


def _escaped(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # a byte of a name that is not UTF-8
        return f"\\x{ord(character) & 0xFF:02x}"
    return character.encode("unicode_escape").decode()


def composed(name: str) -> str:
    """Return a name with accents and letters as one character wherever Unicode has one (NFC).

    Macs store "\u00fc" as "u" and a mark (NFD); most programs and keyboards give one character.
    """
    return unicodedata.normalize("NFC", name)


def folded(name: str) -> str:
    """Return a name in a form that ignores letter case and the form of Unicode."""
    return composed(composed(name).casefold())


def as_stored(path: Path) -> Path:
    """Return a path as it is stored: its parts may lie on the disk in another form of Unicode."""
    if str(path).isascii() or os.path.lexists(path):
        return path
    stored = Path(path.anchor)
    for part in path.parts[bool(path.anchor) :]:
        stored /= part
        if not os.path.lexists(stored):
            stored = stored.with_name(_stored_name(stored.parent, part))
    return stored


def _stored_name(folder: Path, name: str) -> str:
    try:
        others = os.listdir(folder)  # noqa: PTH208 (names alone are enough)
    except OSError:
        return name
    return next((other for other in others if composed(other) == composed(name)), name)


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the most similar of some names, or None if none is similar."""
    import difflib  # rarely needed

    by_form = {folded(other): other for other in names}
    found = difflib.get_close_matches(folded(name), by_form, 1)
    return by_form[found[0]] if found else None


class Patterns:
    """Shell patterns of files and folders, which remember what they matched.

    Parameters
    ----------
    patterns : sequence of str
        Letter case, and whether accents are marks of their own, make no difference.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._folded = {pattern: folded(pattern.rstrip("/")) for pattern in patterns}
        self._names, self._met = set[str](), set[str]()

    def match(self, path: str) -> bool:
        """Tell whether a pattern matches a path or its last part."""
        if not self._folded:
            return False
        both = {path, os.path.basename(path)}  # noqa: PTH119
        self._names |= both
        names = {folded(name) for name in both}
        # Names may hold what patterns are made of, as in "[2019] trip".
        met = {
            pattern
            for pattern, wanted in self._folded.items()
            if wanted in names or any(fnmatch.fnmatchcase(name, wanted) for name in names)
        }
        self._met |= met
        return bool(met)

    def unmet(self) -> dict[str, str | None]:
        """Return the patterns that matched nothing, each with the nearest name, if any is near."""
        missed = [pattern for pattern in self._folded if pattern not in self._met]
        return {pattern: nearest(pattern.strip("*?/"), self._names) for pattern in missed}
