"""The clips of a folder, brought up to date in the photo library: each scene is a photo."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from photomosaic.arrays import BgrImage
from photomosaic.errors import PictureError
from photomosaic.files.clip_frames import clip_digest, frame_digest
from photomosaic.files.regular import why_unread
from photomosaic.images.listing import Listing, PhotoFile
from photomosaic.images.thumbnail import LONGEST_SIDE, SHORTEST_SIDE, Thumbnail, thumbnail_of
from photomosaic.library.damage import DamagedError, damage_if_misread
from photomosaic.library.database import Database
from photomosaic.library.duplicates import FINGERPRINT, near_duplicates
from photomosaic.library.file_index import Change, FileIndex, FolderFiles, Reading
from photomosaic.library.schema import checksum_of
from photomosaic.parallel.workers import Threads
from photomosaic.progress import StageClock, Work

ADD_PHOTO = "INSERT OR IGNORE INTO photos VALUES (NULL, ?, ?, ?, ?, NULL, ?, ?)"
_ADD_SCENE = "INSERT OR IGNORE INTO scenes VALUES (?, ?, ?, ?)"
_ADOPT_PHOTO = "UPDATE photos SET orphaned_at = NULL WHERE hash = ? AND orphaned_at NOT NULL"
_CLIPS = "SELECT hash, scenes, checksum FROM clips"
_SCENES = "SELECT hash, clip, milliseconds, checksum FROM scenes"


class Scene(NamedTuple):
    """A scene of a clip, by the one of its frames that serves as a photo."""

    milliseconds: int
    thumbnail: Thumbnail


class _ClipIndex(FileIndex[list[Scene]]):
    """The index of clips."""

    files = "clip_files"
    contents = "clips"
    add_content = "INSERT OR IGNORE INTO clips VALUES (?, ?, ?, NULL)"

    def hashes(self) -> set[bytes]:
        return {row[0] for row in self._database.rows(_CLIPS)}

    def content_row(self, digest: bytes, found: list[Scene]) -> tuple[object, ...]:
        return digest, len(found), checksum_of(digest, len(found))

    def besides(self, digest: bytes, found: list[Scene]) -> list[Change]:
        photos, scenes = [], []
        for time, thumbnail in found:
            key = frame_digest(digest, time)
            photos.append(photo_row(key, thumbnail))
            scenes.append((key, digest, time, checksum_of(key, digest, time)))
        adopted = [(scene[0],) for scene in scenes]
        return [(ADD_PHOTO, photos), (_ADOPT_PHOTO, adopted), (_ADD_SCENE, scenes)]


def photo_row(digest: bytes, thumbnail: Thumbnail) -> tuple[object, ...]:
    """Return what `ADD_PHOTO` stores of a photo."""
    row = digest, thumbnail.height, thumbnail.width, thumbnail.checksum
    return *row, checksum_of(*row), thumbnail.encoded


def update_clips(
    database: Database, listing: Listing, work: Work, clock: StageClock
) -> FolderFiles:
    """Read what clips are new or changed in a folder, and forget those that are gone."""

    def read(files: list[PhotoFile], known: Collection[bytes]) -> Iterable[Reading[list[Scene]]]:
        look = partial(_read, known=known, clock=clock)
        made = Threads(work.workers).map(look, files)
        return work.progress(made, total=len(files), what="reading clips", unit="clip")

    clips = replace(listing, photos=listing.clips)
    return _ClipIndex(database, clock).update(clips, read)


def scenes_of(database: Database, clips: Collection[bytes]) -> dict[bytes, list[tuple[int, bytes]]]:
    """Return the times in milliseconds and the hashes of the scenes of clips, in their order.

    Raises
    ------
    DamagedError
        If a row is missing, or not as it was stored.
    """
    found: dict[bytes, list[tuple[int, bytes]]] = {clip: [] for clip in clips}
    with damage_if_misread():
        for *row, checksum in database.rows(_SCENES) if found else ():
            if row[1] in found:
                _check(*row, checksum=checksum)
                found[row[1]].append((row[2], row[0]))
        for *row, checksum in database.rows(_CLIPS) if found else ():
            if row[0] in found:
                _check(*row, checksum=checksum)
                if len(found[row[0]]) != row[1]:
                    raise DamagedError("scenes of a clip are missing")
    return {clip: sorted(scenes) for clip, scenes in found.items()}


def _check(*row: bytes | int, checksum: int) -> None:
    if checksum_of(*row) != checksum:
        raise DamagedError("what is known of a clip is not what was stored")


def _read(file: PhotoFile, known: Collection[bytes], clock: StageClock) -> Reading[list[Scene]]:
    path = Path(file.path)
    try:
        with clock.stage("read"):
            digest = clip_digest(path)
        if digest in known:
            return Reading(file, digest)
        with clock.stage("clips"):
            return Reading(file, digest, _scenes(path))
    except OSError as error:
        return Reading(file, problem=why_unread(error), lasting=False)
    except PictureError as error:
        return Reading(file, problem=str(error), lasting=error.lasting)


def _scenes(path: Path) -> list[Scene]:
    """Return the scenes of a clip: of frames that look alike the sharpest.

    Raises
    ------
    PictureError
        If there is none.
    """
    # Loaded here, since few folders have clips that are new.
    from photomosaic.video.clips import frames_apart, open_clip

    clip = open_clip(path)
    size = clip.size(SHORTEST_SIDE, LONGEST_SIDE)
    seen, small, sharpness = [], [], []
    for time, frame in frames_apart(clip, size):
        seen.append(Scene(time, thumbnail_of(frame, clip.look.height, clip.look.width)))
        side = FINGERPRINT.width, FINGERPRINT.height
        small.append(np.asarray(cv2.resize(frame, side, interpolation=cv2.INTER_AREA), np.uint8))
        sharpness.append(_sharpness(frame))
    groups = near_duplicates(np.array(small))
    best: dict[int, int] = {}
    for number, group in enumerate(groups.tolist()):
        if sharpness[number] > sharpness[best.setdefault(group, number)]:
            best[group] = number
    return [seen[number] for number in sorted(best.values())]


def _sharpness(frame: BgrImage) -> float:
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())
