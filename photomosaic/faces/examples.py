"""The faces that show who is meant, and who is not, out of two folders of photos."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from photomosaic.errors import InputError
from photomosaic.faces.classify import SAME_PERSON
from photomosaic.faces.face import Embedding, Face, distances, embeddings_of
from photomosaic.faces.face_library import Scan, ScannedPhoto
from photomosaic.files.names import printable
from photomosaic.images.listing import no_photo_in
from photomosaic.wording import counted

CLEARLY_LARGER = 1.5
OUTLIER_DISTANCE = 0.6
TARGET_AMONG_OTHERS = 0.45
# A folder of that many photos is one person's if at least this share of them is alike.
FEW, LEAST_SHARE = 8, 0.34


@dataclass
class Examples:
    """Example faces, and what was left out.

    Attributes
    ----------
    faces : list of Face
    paths : list of str
        The photo of each face.
    left_out : list of (str, str)
        Path and reason.
    """

    faces: list[Face] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)

    @property
    def embeddings(self) -> Embedding:
        """Shape (N, 128), float32."""
        return embeddings_of(self.faces)


def target_examples(scan: Scan) -> Examples:
    """Take the one face that is meant out of each photo of the target.

    It is the only one, or the largest by far; where that is not like the others', or where there
    is none, the one that is. Faces that are like none of the others are left out.

    Raises
    ------
    InputError
        If no photo shows which face is meant.
    """
    examples = Examples()
    with_faces = [photo for photo in scan.photos if photo.faces]
    without = [photo for photo in scan.photos if not photo.faces]
    examples.left_out += [(photo.file.path, "no face was found") for photo in without]
    chosen = [_largest(photo.faces) for photo in with_faces]
    if with_faces and all(face is None for face in chosen):
        chosen = _mutually_alike(with_faces)
    if all(face is None for face in chosen):
        raise InputError(_no_target(scan, with_faces))
    sure = [face for face in chosen if face is not None]
    kept = _agreeing([face.embedding for face in sure])
    if len(sure) >= FEW and kept.sum() < LEAST_SHARE * len(sure):
        raise InputError(
            f"{printable(scan.listing.folder)}: shows different people: only {kept.sum()} of"
            f" {counted(len(sure), 'face')} are alike; name a folder of one person's photos"
        )
    core = [face for face, stays in zip(sure, kept, strict=True) if stays]
    for photo, face in zip(with_faces, chosen, strict=True):
        agreed = face if any(face is other for other in core) else _most_alike(photo, core)
        if agreed is not None:
            examples.faces.append(agreed)
            examples.paths.append(photo.file.path)
        else:
            examples.left_out.append((photo.file.path, _why_left_out(face)))
    return examples


def other_examples(scan: Scan, targets: Examples, target_hashes: frozenset[bytes]) -> Examples:
    """Take all faces of the others' photos, but for those of the target.

    Raises
    ------
    InputError
        If none is left.
    """
    examples = Examples()
    middle = targets.embeddings.mean(axis=0)
    for photo in scan.photos:
        path = photo.file.path
        for face in photo.faces:
            if photo.hash in target_hashes:
                examples.left_out.append((path, "lies among the target's photos too"))
            elif float(np.linalg.norm(face.embedding - middle)) < TARGET_AMONG_OTHERS:
                examples.left_out.append((path, "shows the target"))
            else:
                examples.faces.append(face)
                examples.paths.append(path)
    if not examples.faces:
        raise InputError(_no_others(scan))
    return examples


def _largest(faces: Sequence[Face]) -> Face | None:
    """Return the only face, or the one that is larger by far than all others."""
    *rest, largest = sorted(faces, key=lambda face: face.size)
    if rest and largest.size < CLEARLY_LARGER * rest[-1].size:
        return None
    return largest


def _mutually_alike(photos: Sequence[ScannedPhoto]) -> list[Face | None]:
    """Choose of each photo the face that the other photos show as well, where all are groups."""
    chosen: list[Face | None] = []
    for photo in photos:
        others = [embeddings_of(other.faces) for other in photos if other is not photo]
        best: tuple[float, Face] | None = None
        for face in photo.faces:
            nearest = [float(distances(face.embedding[None], other).min()) for other in others]
            likeness = float(np.median(nearest)) if nearest else np.inf
            if likeness < SAME_PERSON and (best is None or likeness < best[0]):
                best = likeness, face
        chosen.append(best[1] if best else None)
    return chosen


def _agreeing(embeddings: Sequence[Embedding]) -> npt.NDArray[np.bool_]:
    """Tell which faces belong to one person: those near most others, and those near these.

    A child of two and of twelve are further apart than two adults may be, but the photos of the
    years between join them.
    """
    if len(embeddings) < 3:
        return np.ones(len(embeddings), np.bool_)
    apart = distances(np.stack(embeddings), np.stack(embeddings))
    to_others = apart[~np.eye(len(apart), dtype=bool)].reshape(len(apart), -1)
    middles = np.median(to_others, axis=1)
    kept = middles <= OUTLIER_DISTANCE
    kept[middles.argmin()] = True
    while True:
        joined = kept | (apart[:, kept] < SAME_PERSON).any(axis=1)
        if (joined == kept).all():
            return np.asarray(kept, np.bool_)
        kept = joined


def _most_alike(photo: ScannedPhoto, core: Sequence[Face]) -> Face | None:
    """Return the face of a photo that is the same person as the core's, or None."""
    far = np.median(distances(embeddings_of(photo.faces), embeddings_of(core)), axis=1)
    nearest = int(far.argmin())
    return photo.faces[nearest] if far[nearest] < OUTLIER_DISTANCE else None


def _why_left_out(face: Face | None) -> str:
    if face is None:
        return "several faces of about the same size, none of them like the others'"
    return "is not like the other photos of the target; another person, or another age"


def _no_target(scan: Scan, with_faces: Sequence[ScannedPhoto]) -> str:
    folder = printable(scan.listing.folder)
    if with_faces:
        name = printable(os.path.basename(with_faces[0].file.path))  # noqa: PTH119
        return (
            f"{folder}: cannot tell who is meant, since each photo ({name} ...) shows several faces"
            " of about the same size; crop to one face, or add photos of this person alone"
        )
    if scan.photos:
        return f"{folder}: {_no_face(scan)}"
    return nothing_readable(scan)


def _no_others(scan: Scan) -> str:
    folder = printable(scan.listing.folder)
    if scan.faces:
        return f"{folder}: shows nobody but the target; name a folder of other people's photos"
    if scan.photos:
        return f"{folder}: {_no_face(scan)}"
    return nothing_readable(scan)


def _no_face(scan: Scan) -> str:
    return f"no face was found in {counted(len(scan.photos), 'photo')}; take clearer ones"


def nothing_readable(scan: Scan) -> str:
    """Return the message about a folder without a readable photo."""
    folder = printable(scan.listing.folder)
    if scan.unreadable:
        path, reason = scan.unreadable[0]
        name = printable(os.path.basename(path))  # noqa: PTH119
        return f"{folder}: no photo in it can be read; the first, {name}: {reason}"
    return no_photo_in(scan.listing)
