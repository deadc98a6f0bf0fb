"""What learning brings in, with limits that are chosen on one half of the people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from photomosaic.faces import learning
from photomosaic.faces.examples import other_examples, target_examples
from photomosaic.faces.face_library import Scan, ScannedPhoto
from tools.benchmarks.face_photos import scanned
from tools.benchmarks.face_recall import Tally, identification, searched

# Farthest distance to the third example, and least margin to others.
LIMITS = ((0.45, 0.12), (0.49, 0.12), (0.51, 0.12), (0.51, 0.08), (0.55, 0.12), (0.55, 0.08))
CASES = ((5, 5), (3, 3))


@contextmanager
def limits_of(distance: float, margin: float) -> Iterator[None]:
    """Let learning go by other limits until the block ends."""
    before = learning.NEAR_DISTANCE, learning.NEAR_MARGIN
    learning.NEAR_DISTANCE, learning.NEAR_MARGIN = distance, margin
    try:
        yield
    finally:
        learning.NEAR_DISTANCE, learning.NEAR_MARGIN = before


class Press:
    """The press photos, the crops of each person being the examples."""

    def __init__(self, data: Path, cache: Path, workers: int) -> None:
        def scan(folder: str) -> Scan:
            return scanned(data / folder, cache, workers)

        self.names = sorted(path.name for path in (data / "people").iterdir())
        self._crops = {name: scan(f"people_cropped/{name}") for name in self.names}
        self._photos = {name: scan(f"people/{name}").photos for name in self.names}
        self._others = scan("others_small")

    def tally(self, name: str, *, learn: bool) -> Tally:
        """Search all photos for one person."""
        targets = target_examples(self._crops[name])
        others = other_examples(self._others, targets, frozenset())
        photos = [photo for theirs in self._photos.values() for photo in theirs]
        found = searched(photos, targets, others, learn=learn)
        mine = {photo.hash for photo in self._photos[name]}
        hits = sum(match.photo.hash in mine for match in found.matches)
        strangers = sum(len(photo.faces) for photo in photos if photo.hash not in mine)
        return Tally(hits, len(mine), len(found.matches) - hits, strangers)


def what_is_learned(
    people: dict[str, list[ScannedPhoto]], data: Path, cache: Path, workers: int
) -> Iterator[str]:
    """Tell what is found with learning, and how limits chosen on one half do on the other."""
    press = Press(data, cache, workers)
    for name in press.names:
        without, learned = press.tally(name, learn=False), press.tally(name, learn=True)
        yield f"{name}: without learning {without}"
        yield f"  with learning {learned}"
    for positives, known in (*CASES, (8, 3)):
        tally = identification(people, positives, known, learn=True)
        yield f"Caltech, {positives} positives, {known} others known: {tally}"
    often = sorted(name for name, photos in people.items() if len(photos) >= 10)
    halves = [(press.names[i], often[i::2]) for i in range(2)]
    table = {}
    for limits in LIMITS:
        with limits_of(*limits):
            table[limits] = [_half(people, press, *half) for half in halves]
        for (name, _), tally in zip(halves, table[limits], strict=True):
            yield f"limits {limits}, half with {name}: {tally}"
    for chosen, measured in ((0, 1), (1, 0)):
        clean = [limits for limits in LIMITS if not table[limits][chosen].false]
        # Of those that find as many, the strictest.
        best = max(clean, key=lambda limits: (table[limits][chosen].hits, -limits[0], limits[1]))
        yield f"chosen with {halves[chosen][0]}: {best}; on the other half {table[best][measured]}"


def _half(
    people: dict[str, list[ScannedPhoto]], press: Press, name: str, targets: Sequence[str]
) -> Tally:
    tally = press.tally(name, learn=True)
    for positives, known in CASES:
        tally.add(identification(people, positives, known, learn=True, targets=targets))
    return tally
