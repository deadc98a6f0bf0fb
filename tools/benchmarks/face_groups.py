"""How well faces are grouped without examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from photomosaic.faces import groups
from photomosaic.faces.examples import target_examples
from photomosaic.faces.face import distances, embeddings_of
from photomosaic.faces.face_library import ScannedPhoto
from tools.benchmarks.face_photos import scanned

LINKS = (0.44, 0.46, 0.48, 0.5, 0.52, 0.54, 0.56)


@dataclass(frozen=True)
class Shown:
    """A photo, the person whom it shows, and which of its faces is that person's."""

    name: str
    photo: ScannedPhoto
    face: int


def labelled(
    people: dict[str, list[ScannedPhoto]], data: Path, cache: Path, workers: int
) -> list[Shown]:
    """Return photos whose person is known.

    In press photos, it is the face that is most like the crops; elsewhere the largest.
    """
    shown = [_largest(name, photo) for name, theirs in people.items() for photo in theirs]
    alone = scanned(data / "timeseries_hugo_2008", cache, workers).photos
    shown += [_largest("hugo", photo) for photo in alone]
    for path in sorted((data / "people").iterdir()):
        crops = scanned(data / "people_cropped" / path.name, cache, workers)
        known = target_examples(crops).embeddings
        for photo in scanned(path, cache, workers).photos:
            if photo.faces:
                far = distances(embeddings_of(photo.faces), known).min(axis=1)
                shown.append(Shown(path.name, photo, int(far.argmin())))
    return [one for one in shown if one.face >= 0]


def _largest(name: str, photo: ScannedPhoto) -> Shown:
    sizes = [face.size for face in photo.faces]
    return Shown(name, photo, int(np.argmax(sizes)) if sizes else -1)


def pairs(photos: Sequence[Shown]) -> tuple[float, float, int]:
    """Return pairwise precision and recall of the people's faces, and the number of groups.

    All faces of the photos are grouped.
    """
    every = [(number, face) for number, one in enumerate(photos) for face in one.photo.faces]
    of_photo = np.array([number for number, _ in every], np.int64)
    grouping = groups.grouped(embeddings_of([face for _, face in every]), of_photo)
    starts = np.searchsorted(of_photo, np.arange(len(photos)))
    numbers = grouping.numbers[starts + np.array([one.face for one in photos])]
    names = np.array([one.name for one in photos])
    upper = np.triu_indices(len(photos), 1)
    same = (names[:, None] == names)[upper]
    joined = ((numbers[:, None] == numbers) & (numbers[:, None] >= 0))[upper]
    right = int((same & joined).sum())
    return right / max(1, int(joined.sum())), right / max(1, int(same.sum())), grouping.count


@contextmanager
def links_below(distance: float) -> Iterator[None]:
    """Let faces be linked up to another distance until the block ends."""
    before, groups.LINK_DISTANCE = groups.LINK_DISTANCE, distance
    try:
        yield
    finally:
        groups.LINK_DISTANCE = before


def how_grouped(photos: Sequence[Shown]) -> Iterator[str]:
    """Tell precision and recall, and how a limit of one half of the people does on the other."""
    precision, recall, count = pairs(photos)
    names = Counter(one.name for one in photos)
    yield (
        f"{len(photos)} photos of {len(names)} people, on which the limits were chosen: precision"
        f" {precision:.4f}, recall {recall:.4f}, {count} groups (bar: .99, .95)"
    )
    by_size = [name for name, _ in sorted(names.items(), key=lambda item: (-item[1], item[0]))]
    halves = [[one for one in photos if one.name in by_size[i::2]] for i in range(2)]
    table = {}
    for link in LINKS:
        with links_below(link):
            table[link] = [pairs(half)[:2] for half in halves]
        first, second = table[link]
        yield f"  links below {link}: {_shown(first)} on one half, {_shown(second)} on the other"
    for chosen, measured in ((0, 1), (1, 0)):
        precise = [link for link in LINKS if table[link][chosen][0] >= 0.99]
        best = max(precise, key=lambda link: (table[link][chosen][1], -link))
        yield f"  chosen on half {chosen + 1}: {best}; on the other {_shown(table[best][measured])}"


def _shown(figures: tuple[float, float]) -> str:
    return f"precision {figures[0]:.4f}, recall {figures[1]:.4f}"
