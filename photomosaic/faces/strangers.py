"""People whom a library shows often, and who are not the target."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from photomosaic.faces.face import EMBEDDING_SIZE, Embedding, Face, embeddings_of
from photomosaic.faces.face_library import ScannedPhoto
from photomosaic.faces.groups import grouped

# Those who are shown that often are strangers; each is an example of others by so many faces.
OFTEN, MOST_OF_EACH = 3, 6

FaceKey = tuple[bytes, tuple[float, ...]]
"""Names a face within a run."""


def key_in(photo: ScannedPhoto, face: Face) -> FaceKey:
    """Return the name of a face of a photo."""
    return photo.hash, face.box


def _none() -> Embedding:
    return np.empty((0, EMBEDDING_SIZE), np.float32)


@dataclass(frozen=True)
class Strangers:
    """Faces of people who are not the target.

    Attributes
    ----------
    keys : set of FaceKey
    all : ndarray of shape (N, 128), float32
    surest : ndarray of shape (M, 128), float32
        Some of each person.
    """

    keys: set[FaceKey] = field(default_factory=set)
    all: Embedding = field(default_factory=_none)
    surest: Embedding = field(default_factory=_none)


def find_strangers(
    photos: Sequence[ScannedPhoto], targets: Embedding, found: Collection[FaceKey]
) -> Strangers:
    """Return the groups of a library's faces that hold neither an example nor a find.

    Parameters
    ----------
    photos : sequence of ScannedPhoto
    targets : ndarray of shape (P, 128), float32
        Examples of the target.
    found : collection of FaceKey
        Faces that a search took for the target's.
    """
    pairs = [
        (photo, face) for photo in photos for face in photo.faces if not photo.found.own_output
    ]
    if not pairs:
        return Strangers()
    faces = embeddings_of([face for _, face in pairs])
    keys = [key_in(photo, face) for photo, face in pairs]
    here = {face.tobytes() for face in faces}
    # Each as if in a photo of its own; those that are in the library are there once.
    examples = [target for target in targets if target.tobytes() not in here]
    example_bytes = {target.tobytes() for target in targets}
    number_of = {photo.hash: number for number, photo in enumerate(photos)}
    of_photo = [number_of[photo.hash] for photo, _ in pairs]
    of_photo += range(len(photos), len(photos) + len(examples))
    grouping = grouped(np.stack([*faces, *examples]), np.array(of_photo, np.int64))
    numbers = grouping.numbers[: len(faces)]
    of_target = set(grouping.numbers[len(faces) :].tolist())
    for key, face, number in zip(keys, faces, numbers.tolist(), strict=True):
        if key in found or face.tobytes() in example_bytes:
            of_target.add(number)
    members = [
        np.flatnonzero(numbers == number)
        for number in range(grouping.count)
        if number not in of_target
    ]
    often = [each for each in members if len(each) >= OFTEN]
    if not often:
        return Strangers()
    everyone = np.concatenate(often)
    by_certainty = [each[np.argsort(grouping.apart[each], kind="stable")] for each in often]
    surest = np.concatenate([each[:MOST_OF_EACH] for each in by_certainty])
    return Strangers({keys[i] for i in everyone}, faces[everyone], faces[surest])
