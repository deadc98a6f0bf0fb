"""Names of files as people mean them: letter case and the form of Unicode make no difference."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable


def folded(name: str) -> str:
    """Return a name in the one form in which two names that look the same are equal.

    Macs store "\u00fc" as "u" and a mark (NFD), most programs and keyboards give one letter (NFC).
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the one of some names that is the most like a name, or None if none is."""
    by_form = {folded(other): other for other in names}
    found = difflib.get_close_matches(folded(name), by_form, 1)
    return by_form[found[0]] if found else None
