"""The job of create_gif_from_photos_folder.py: a folder's pictures as an animation."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from photomosaic.animation.animation import Animation, check_format, write_animation
from photomosaic.animation.effects import steadied
from photomosaic.animation.morph import Points, morphed
from photomosaic.animation.pictures import (
    Picture,
    Unreadable,
    canvas,
    caption_of,
    ordered,
    read_frame,
    survey,
    undated,
    with_captions,
)
from photomosaic.arrays import BgrImage
from photomosaic.errors import InputError, naming
from photomosaic.faces.frame_points import FramePoints
from photomosaic.faces.montage_list import LIST_NAME, REJECTED, read_list
from photomosaic.files.names import composed, printable
from photomosaic.files.savepath import fitting
from photomosaic.images.listing import Listing, list_photos
from photomosaic.images.overwriting import check_output, refuse_others_file
from photomosaic.images.passed_over import passed_over_text
from photomosaic.jobs.photos import FolderListed
from photomosaic.jobs.sweep import check_animation
from photomosaic.options.animation import FolderGifOptions
from photomosaic.parallel.workers import Threads
from photomosaic.progress import Work
from photomosaic.video.music import check_music

_Frame = tuple[BgrImage, Points | None]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PicturesFound:
    """Notice of the pictures before the animation is made.

    Attributes
    ----------
    count : int
    size : (int, int)
        Height and width of the frames.
    fit : str or None
        How pictures of other sizes are fitted; None if there are none.
    undated : int
        Pictures without a date, if dates matter.
    """

    count: int
    size: tuple[int, int]
    fit: str | None
    undated: int


@dataclass(frozen=True)
class FolderGifResult:
    """The animation that was written, and the pictures that could not be read."""

    animation: Animation
    unreadable: tuple[Unreadable, ...]


@dataclass(frozen=True)
class _Plan:
    pictures: list[Picture]
    size: tuple[int, int]
    savepath: Path
    unreadable: list[Unreadable]


def make_folder_gif(options: FolderGifOptions, work: Work | None = None) -> FolderGifResult:
    """Read the pictures one by one, and save them as an animation.

    Raises
    ------
    InputError
        If the options, the folder or the savepath cannot be used, or no picture can be read.
    OutputError
        If the animation cannot be written.
    """
    work = work or Work(options.folder.workers)
    how = options.folder
    plan = _check(options, work)
    points = check_morph(morph=how.morph)

    def read(picture: Picture) -> tuple[Picture, _Frame | Unreadable]:
        frame = read_frame(picture, plan.size, how.fit)
        if isinstance(frame, Unreadable):
            return picture, frame
        return picture, (frame, None if points is None else points.find(frame))

    texts: list[str] = []

    def frames() -> Iterator[_Frame]:
        found = Threads(work.workers).map(read, plan.pictures)
        shown = work.progress(found, total=len(plan.pictures), what="making frames", unit="picture")
        for picture, frame in shown:
            if isinstance(frame, Unreadable):
                plan.unreadable.append(frame)
                continue
            texts.append(caption_of(picture, how.caption))
            yield frame
        if not texts:
            raise InputError(_nothing_readable(how.photos_dir, plan.unreadable))

    shown = with_captions(morphed(frames(), how.steps), texts, how.steps)
    shown = steadied(shown, how.fuzz)
    animation = write_animation(shown, plan.savepath, options.animation, how.music)
    return FolderGifResult(animation, tuple(plan.unreadable))


def _check(options: FolderGifOptions, work: Work) -> _Plan:
    """List the pictures, look at each, and check that the animation can be made and saved."""
    how = options.folder
    with naming("--photos-dir"):
        listing = list_photos(how.photos_dir, recursive=False)
        paths = _wanted(listing)
    savepath = how.savepath or _beside(Path(listing.folder))
    check_animation(options.animation, savepath)
    check_music_option(how.music, savepath, "--savepath")
    check_morph(morph=how.morph)
    with naming("--savepath"):
        _check_outside(savepath, Path(listing.folder))
        check_format(savepath, (2, 2))
        check_output(savepath, how.photos_dir, listing)
    seen = list(survey(paths, work))
    unreadable = [one for one in seen if isinstance(one, Unreadable)]
    found = [one for one in seen if isinstance(one, Picture)]
    if not found:
        raise InputError(_nothing_readable(how.photos_dir, unreadable))
    exact = how.size.exact if how.size else None
    size = exact or canvas(found, how.size.longest if how.size else None)
    with naming("--savepath"):
        check_format(savepath, size)
    work.notify(FolderListed(listing))
    work.notify(_notice(options, found, size))
    pictures = ordered(found, how.order, how.seed)
    return _Plan(pictures, size, savepath, unreadable)


def check_morph(*, morph: bool) -> FramePoints | None:
    """Return what finds the points of faces if morphs are asked for.

    Raises
    ------
    InputError
        If its weights are missing; the message names the option.
    """
    if not morph:
        return None
    with naming("--morph:"):
        return FramePoints()


def check_music_option(music: Path | None, savepath: Path, flag: str) -> None:
    """Raise `InputError` if there is music that the animation cannot have.

    Parameters
    ----------
    music : Path or None
    savepath : Path
        Of the animation.
    flag : str
        The option that named it.
    """
    if music is None:
        return
    if savepath.suffix.lower() != ".mp4":
        raise InputError(f"--music needs {flag} FILE.mp4: no other animation has sound")
    with naming("--music"):
        check_music(music)
        if savepath.exists() and savepath.samefile(music):
            raise InputError(f"{printable(music)}: is what {flag} would replace; name another file")


def _notice(
    options: FolderGifOptions, found: list[Picture], size: tuple[int, int]
) -> PicturesFound:
    how = options.folder
    fitted = {picture.size for picture in found} != {size}
    dates_matter = "date" in how.order or how.caption == "date"
    without = len(undated(found)) if dates_matter else 0
    return PicturesFound(len(found), size, how.fit if fitted else None, without)


def _wanted(listing: Listing) -> list[str]:
    """Return the paths of a folder's pictures; in a face montage, of those in its list only."""
    paths = [photo.path for photo in listing.photos]
    listed = _montage_frames(Path(listing.folder))
    if listed is not None:
        paths = [path for path in paths if composed(Path(path).name) in listed]
    if not paths:
        what = "there is no picture in it" if listed is None else f"no frame of {LIST_NAME} is left"
        what += f", but {passed_over_text(listing.passed_over)}" if listing.passed_over else ""
        raise InputError(f"{printable(listing.folder)}: {what}; subfolders are not searched")
    return paths


def _montage_frames(folder: Path) -> set[str] | None:
    """Return the names of the frames that a face montage lists and that nobody rejected."""
    if not (folder / LIST_NAME).is_file():
        return None
    return {
        composed(row.frame)
        for row in read_list(folder, needed=("frame",))
        if row.frame and row.decision != REJECTED
    }


def _beside(folder: Path) -> Path:
    if not folder.name:
        raise InputError(f"--savepath: name one, since nothing can be saved beside {folder}")
    path = folder.with_name(fitting(folder.name, ".gif"))
    refuse_others_file(path, "--savepath")
    return path


def _check_outside(savepath: Path, folder: Path) -> None:
    if folder.resolve() in savepath.resolve().parents:
        raise InputError(
            f"{printable(savepath)}: lies in the folder of the pictures, so the next run would"
            " include it; name a place outside"
        )


def _nothing_readable(folder: Path, unreadable: list[Unreadable]) -> str:
    first = unreadable[0]
    return (
        f"--photos-dir {printable(folder)}: no picture in it can be read"
        f" ({len(unreadable):,} tried); the first, {printable(first.path)}: {first.reason}"
    )
