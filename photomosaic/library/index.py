"""A folder's photos, brought up to date in the photo library."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

from photomosaic.errors import PictureError
from photomosaic.files.clip_frames import frame_name
from photomosaic.images.listing import Listing, PhotoFile
from photomosaic.images.own_output import OWN_OUTPUT
from photomosaic.images.thumbnail import Thumbnail, make_thumbnail
from photomosaic.library.clip_index import ADD_PHOTO, photo_row, scenes_of, update_clips
from photomosaic.library.damage import DamagedError, damage_if_misread
from photomosaic.library.database import Database
from photomosaic.library.file_index import FileIndex, FolderFiles, Reading, read_content
from photomosaic.library.reading_there import Timed, read_there
from photomosaic.library.schema import checksum_of
from photomosaic.parallel.workers import Threads
from photomosaic.progress import StageClock, Work
from photomosaic.wording import counted

READING = "reading photos"

_PHOTOS = "SELECT id, hash, height, width, checksum, row_checksum FROM photos"


class Photo(NamedTuple):
    """A readable photo of a folder: its row in the library, first path, SHA-256 and size.

    The path of a frame of a clip is that of `files.clip_frames.frame_name`, and its hash that of
    `files.clip_frames.frame_digest`.
    """

    row: int
    path: str
    hash: bytes
    height: int
    width: int


@dataclass(frozen=True)
class ClipsFound:
    """How many clips of a folder were known before, new, and unreadable; and scenes in them."""

    cached: int
    new: int
    unreadable: int
    scenes: int

    def __str__(self) -> str:
        """Say in one line what was done."""
        total = self.cached + self.new + self.unreadable
        return (
            f"{counted(total, 'clip')} with {counted(self.scenes, 'scene')}: {self.cached:,} from"
            f" the cache, {self.new:,} new, {self.unreadable:,} unreadable"
        )


@dataclass
class Index:
    """The result of indexing a folder.

    Attributes
    ----------
    listing : Listing
    photos : list of Photo
        One for each distinct content, in the order of the listing, then the scenes of clips.
    cached, new, removed, duplicates, own_outputs : int
        Files known before, by their stat or content; files new to the library; files gone
        since; files whose content came before in the folder; pictures that this toolkit made.
    unreadable : list of (str, str)
        Path and reason, of photos and clips.
    clips : ClipsFound or None
        None if there are none.
    """

    listing: Listing
    photos: list[Photo] = field(default_factory=list)
    cached: int = 0
    new: int = 0
    removed: int = 0
    duplicates: int = 0
    own_outputs: int = 0
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    clips: ClipsFound | None = None

    def __str__(self) -> str:
        """Say in one line what was done."""
        clips = self.clips
        unreadable = len(self.unreadable) - (clips.unreadable if clips else 0)
        total = self.cached + self.new + unreadable
        if clips and not total:
            return str(clips)
        counts = [
            f"{self.cached:,} from the cache",
            f"{self.new:,} new",
            f"{self.removed:,} removed",
            f"{unreadable:,} unreadable",
        ]
        if self.duplicates:
            counts.append(f"{self.duplicates:,} of them the same as another")
        if self.own_outputs:
            counts.append(f"{counted(self.own_outputs, 'mosaic')} left out")
        said = f"{counted(total, 'photo')}: {', '.join(counts)}"
        return f"{said}; {clips}" if clips else said


class _PhotoIndex(FileIndex[Thumbnail]):
    """The index of photos with thumbnails."""

    files = "files"
    contents = "photos"
    add_content = ADD_PHOTO

    def hashes(self) -> set[bytes]:
        return {row[0] for row in self._database.rows("SELECT hash FROM photos")}

    def content_row(self, digest: bytes, found: Thumbnail) -> tuple[object, ...]:
        return photo_row(digest, found)


def update_index(database: Database, listing: Listing, work: Work, clock: StageClock) -> Index:
    """Read what is new or changed in a folder, and forget what is gone.

    The clock takes what is done for each photo, in all threads together.
    """

    def read(files: list[PhotoFile], known: Collection[bytes]) -> Iterable[Reading[Thumbnail]]:
        if work.cluster is not None:
            return read_there(_read, files, replace(work, clock=clock), what=READING)
        look = partial(_thumbnail, clock=clock)
        made = Threads(work.workers).map(lambda file: read_content(file, known, look, clock), files)
        return work.progress(made, total=len(files), what=READING, unit="photo")

    files = _PhotoIndex(database, clock).update(listing, read)
    clips = update_clips(database, listing, work, clock)
    problems = files.problems + clips.problems
    own = sum(problem == OWN_OUTPUT for _, problem in problems)
    unreadable = [(path, problem) for path, problem in problems if problem != OWN_OUTPUT]
    usable = len(listing.photos) - len(files.problems)
    found = dict(files.first)
    for digest, scenes in scenes_of(database, clips.first).items():
        file = clips.first[digest]
        found |= {key: file._replace(path=frame_name(file.path, time)) for time, key in scenes}
    with damage_if_misread():
        rows = {digest: (row, *rest) for row, digest, *rest in database.rows(_PHOTOS)}
        photos = [_photo(file, digest, *rows[digest]) for digest, file in found.items()]
    return Index(
        listing,
        photos,
        cached=usable - files.new,
        new=files.new,
        removed=files.removed,
        duplicates=files.duplicates,
        own_outputs=own,
        unreadable=unreadable,
        clips=_clips_found(listing, clips, len(photos) - len(files.first)),
    )


def _clips_found(listing: Listing, clips: FolderFiles, scenes: int) -> ClipsFound | None:
    if not listing.clips:
        return None
    unreadable = sum(problem != OWN_OUTPUT for _, problem in clips.problems)
    known = len(listing.clips) - len(clips.problems) - clips.new
    return ClipsFound(known, clips.new, unreadable, scenes)


def _read(file: PhotoFile) -> Timed[Thumbnail]:
    clock = StageClock()
    reading = read_content(file, (), partial(_thumbnail, clock=clock), clock)
    return Timed(reading, clock.seconds)


def _thumbnail(data: bytes, clock: StageClock) -> Thumbnail:
    thumbnail = make_thumbnail(data, clock)
    if thumbnail.own_output:
        raise PictureError(OWN_OUTPUT)
    return thumbnail


def _photo(
    file: PhotoFile, digest: bytes, row: int, height: int, width: int, *checksums: int
) -> Photo:
    """Return a photo of the library; raises `DamagedError` if its row is not what was stored."""
    checksum, row_checksum = checksums
    if checksum_of(digest, height, width, checksum) != row_checksum:
        raise DamagedError("what is known of a photo is not what was stored")
    return Photo(row, file.path, digest, height, width)
