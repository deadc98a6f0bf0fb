"""The film of a montage's frames."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from photomosaic.animation.animation import Animation, check_format
from photomosaic.errors import InputError, naming
from photomosaic.files.names import printable
from photomosaic.images.listing import Listing
from photomosaic.images.overwriting import check_output
from photomosaic.jobs.dependent import check_needs
from photomosaic.jobs.folder_gif import check_morph, check_music_option, make_folder_gif
from photomosaic.options.animation import AnimationOptions, FolderGifOptions, FolderOptions
from photomosaic.options.montage import FaceMontageOptions
from photomosaic.progress import Work

DEFAULT_FPS = 7.0


def check_film(options: FaceMontageOptions, savedir: Path, photos: Listing) -> None:
    """Raise `InputError` if the film that the options describe cannot be written."""
    film = options.film
    if film.film is None:
        check_needs(film, "fps hold crossfade caption music", "--film FILE")
        if film.morph:
            raise InputError("--morph needs --film FILE")
        return
    with naming("--film"):
        if savedir.resolve() in film.film.resolve().parents:
            raise InputError(f"{printable(film.film)}: lies in --savedir; name a place outside")
        check_format(film.film, options.frames.shape)
        check_output(film.film, savedir, photos)
    check_music_option(film.music, film.film, "--film")
    check_morph(morph=film.morph)


def make_film(options: FaceMontageOptions, savedir: Path, work: Work) -> Animation | None:
    """Save the frames of a montage that has been written as a film, if that is asked for.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    film = options.film
    if film.film is None or options.montage.dry_run:
        return None
    known: dict[str, Any] = {
        name: value
        for name in ("crossfade", "caption", "music")
        if (value := getattr(film, name)) is not None
    }
    folder = FolderOptions(
        photos_dir=savedir,
        savepath=film.film,
        size=options.frames.frame_size,
        workers=work.workers,
        fuzz=0,
        morph=film.morph,
        **known,
    )
    animation = AnimationOptions(fps=film.fps or DEFAULT_FPS, hold=film.hold or 0)
    return make_folder_gif(
        FolderGifOptions(folder=folder, animation=animation, messages=options.messages), work
    ).animation
