"""The one line that a run may end with on what to do next, said once for the same photos."""

from __future__ import annotations

import hashlib
import json
import os
import re
from contextlib import suppress
from functools import singledispatch
from pathlib import Path

from photomosaic.errors import OutputError
from photomosaic.files.regular import read_file
from photomosaic.files.writing import replacing
from photomosaic.jobs.hints import Coarse, Hint, Lacking, NearMisses, Repeated
from photomosaic.wording import counted

FILE_NAME = "photomosaic-hints.json"
MOST_FOLDERS = 200
LARGEST = 1 << 16
DIGEST = re.compile("[0-9a-f]{16}")


def hint_lines(hint: Hint | None, photos: Path, cache: Path | None, *, quiet: bool) -> list[str]:
    """Return the line on a hint; none if the last run with these photos ended with the same words.

    Parameters
    ----------
    hint : Hint or None
        None if there is nothing to do.
    photos : Path
        The folder of photos that the run was made of.
    cache : Path or None
        The folder of the cache, where the words are remembered; None remembers nothing.
    quiet : bool
        Whether nobody wants hints.
    """
    if quiet:
        return []
    line = "" if hint is None else f"hint: {hint_words(hint)}"
    said = cache is not None and _said_before(line, photos, cache / FILE_NAME)
    return [line] if line and not said else []


@singledispatch
def hint_words(hint: object) -> str:
    """Return a hint in words, with the words to type."""
    raise TypeError(f"no words for {hint!r}")


@hint_words.register
def _(hint: Coarse) -> str:
    return f"too coarse for a face; take {hint.finer.words}, or leave --scale out"


@hint_words.register
def _(hint: Repeated) -> str:
    name = Path(hint.photo).name
    return f"{name} fills {hint.share:.0%} of the cells; --max-uses {hint.max_uses} spreads them"


@hint_words.register
def _(hint: Lacking) -> str:
    names = " and ".join(tone.name for tone in hint.tones[:2])
    share = sum(tone.share for tone in hint.tones[:2])
    return f"the photos lack {names} ({share:.0%} of the picture); add such photos, or --tint 0.5"


@hint_words.register
def _(hint: NearMisses) -> str:
    # Loaded here, since mosaics need nothing of faces.
    from photomosaic.faces.montage_list import LIST_NAME

    lower = f"--min-confidence {hint.confidence:g}, or " if hint.confidence else ""
    return (
        f"{counted(hint.count, 'near miss', 'near misses')}, shown in review/near-misses.jpg;"
        f" {lower}the word accepted in the column status of {LIST_NAME} takes them"
    )


def _said_before(line: str, photos: Path, file: Path) -> bool:
    """Remember a line as the last one on a folder, and tell whether it was before."""
    folder, words = _digest(os.fsencode(photos.absolute())), _digest(line.encode())
    said = _read(file)
    if said is None or said.get(folder, _digest(b"")) == words:
        return said is not None
    said.pop(folder, None)
    said[folder] = words
    kept = dict(list(said.items())[-MOST_FOLDERS:])
    # Without a cache that can be written to, a hint is said again.
    with suppress(OutputError), replacing(file) as new:
        new.write(json.dumps(kept).encode())
    return False


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _read(file: Path) -> dict[str, str] | None:
    """Return the digests of folders and their last words; None if the file is not ours."""
    try:
        said = json.loads(read_file(file, LARGEST))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or not all(map(_is_digest, (*said, *said.values()))):
        return None
    return said


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and DIGEST.fullmatch(value) is not None
