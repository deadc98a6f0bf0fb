"""A folder's pictures as an animation, as the options of its script ask for it."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from photomosaic.animation.animation import Animation, check_format, write_animation
from photomosaic.animation.frames import calmed, crossfaded
from photomosaic.animation.pictures import (
    Picture,
    Unreadable,
    canvas,
    ordered,
    read_frame,
    survey,
    undated,
)
from photomosaic.arrays import BgrImage
from photomosaic.cli.animation import animation_options, check_animation_needs
from photomosaic.cli.console import blaming, progress_for
from photomosaic.cli.settings import tell_of_listing
from photomosaic.errors import InputError
from photomosaic.faces.montage_list import LIST_NAME, REJECTED, read_list
from photomosaic.images.listing import Listing, list_photos, printable
from photomosaic.images.names import composed
from photomosaic.images.output_place import check_output, refuse_others_file
from photomosaic.images.passed_over import passed_over_text
from photomosaic.parallel import in_threads
from photomosaic.savepath import fitting
from photomosaic.wording import counted

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FolderGif:
    """What an animation of a folder's pictures is to be made of, in order.

    Attributes
    ----------
    pictures : list of Picture
    size : (int, int)
        Height and width of the frames.
    savepath : Path
    unreadable : list of Unreadable
        What was found to be unusable so far.
    """

    pictures: list[Picture]
    size: tuple[int, int]
    savepath: Path
    unreadable: list[Unreadable]


def check_folder_gif(arguments: argparse.Namespace) -> FolderGif:
    """List the pictures, look at each, and see that the animation can be made and saved.

    Raises
    ------
    InputError
        If anything is wrong with the options, the folder or the savepath.
    """
    folder: Path = arguments.photos_dir
    with blaming("--photos-dir"):
        listing = list_photos(folder, recursive=False)
        paths = _wanted(listing)
    savepath = arguments.savepath or _beside(Path(listing.folder))
    check_animation_needs(arguments, savepath)
    with blaming("--savepath"):
        _check_outside(savepath, Path(listing.folder))
        check_format(savepath, (2, 2))
        check_output(savepath, folder, listing)
    seen = list(survey(paths, arguments.workers, progress_for(arguments)))
    unreadable = [one for one in seen if isinstance(one, Unreadable)]
    found = [one for one in seen if isinstance(one, Picture)]
    if not found:
        raise InputError(_nothing_readable(folder, unreadable))
    size = arguments.size if isinstance(arguments.size, tuple) else canvas(found, arguments.size)
    with blaming("--savepath"):
        check_format(savepath, size)
    tell_of_listing(listing)
    _tell(arguments, found, size)
    pictures = ordered(found, arguments.order, arguments.seed)
    return FolderGif(pictures, size, savepath, unreadable)


def make_folder_gif(arguments: argparse.Namespace, plan: FolderGif) -> Animation:
    """Read the pictures one by one, and save them as an animation."""
    progress = progress_for(arguments)

    def read(picture: Picture) -> BgrImage | Unreadable:
        return read_frame(picture, plan.size, arguments.fit, arguments.caption)

    def frames() -> Iterator[BgrImage]:
        found = in_threads(read, plan.pictures, arguments.workers)
        usable = 0
        shown = progress(found, total=len(plan.pictures), what="making frames", unit="picture")
        for frame in shown:
            if isinstance(frame, Unreadable):
                plan.unreadable.append(frame)
                continue
            usable += 1
            yield frame
        if not usable:
            raise InputError(_nothing_readable(arguments.photos_dir, plan.unreadable))

    return write_animation(
        calmed(crossfaded(frames(), arguments.crossfade), arguments.fuzz),
        plan.savepath,
        animation_options(arguments, dither=True),
    )


def _wanted(listing: Listing) -> list[str]:
    """Return the paths of a folder's pictures; of a face montage, those that its list has."""
    paths = [photo.path for photo in listing.photos]
    listed = _montage_frames(Path(listing.folder))
    if listed is not None:
        paths = [path for path in paths if composed(Path(path).name) in listed]
    if not paths:
        what = "there is no picture in it" if listed is None else f"no frame of {LIST_NAME} is left"
        what += f", but {passed_over_text(listing.passed_over)}" if listing.passed_over else ""
        raise InputError(f"{printable(listing.folder)}: {what}; subfolders are not looked into")
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
        raise InputError(f"--savepath: name one, since there is no place beside {folder}")
    path = folder.with_name(fitting(folder.name, ".gif"))
    refuse_others_file(path, "--savepath")
    return path


def _check_outside(savepath: Path, folder: Path) -> None:
    if folder.resolve() in savepath.resolve().parents:
        raise InputError(
            f"{printable(savepath)}: lies in the folder of the pictures, and would be one of them"
            " the next time; name a place outside"
        )


def _tell(arguments: argparse.Namespace, found: list[Picture], size: tuple[int, int]) -> None:
    sizes = {picture.size for picture in found}
    if sizes != {size}:
        log.info(
            "%s fitted to %dx%d pixels (--fit %s; --size sets others)",
            counted(len(found), "picture"),
            size[1],
            size[0],
            arguments.fit,
        )
    if "date" in arguments.order or arguments.caption == "date":
        without = undated(found)
        if without:
            log.warning(
                "%s without a date: shown last by --order date, and without a caption",
                counted(len(without), "picture"),
            )


def _nothing_readable(folder: Path, unreadable: list[Unreadable]) -> str:
    first = unreadable[0]
    return (
        f"--photos-dir {printable(folder)}: no picture in it can be read"
        f" ({len(unreadable):,} tried); the first, {printable(first.path)}: {first.reason}"
    )
