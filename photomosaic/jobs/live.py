"""The live part of interactive.py: a window on the mosaics of what a camera sees."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from photomosaic.animation.animation import check_format
from photomosaic.animation.recording import Recording
from photomosaic.arrays import BgrImage
from photomosaic.errors import InputError, naming
from photomosaic.explore.display import check_display, prepare_qt
from photomosaic.explore.explorer import Request
from photomosaic.explore.live import LiveExplorer
from photomosaic.images.encode import write_picture
from photomosaic.jobs.photos import list_codebook, open_library
from photomosaic.jobs.saving import MosaicSaved, Place
from photomosaic.jobs.targets import check_scales
from photomosaic.library.index import Index
from photomosaic.options.scales import ExplorerOptions
from photomosaic.progress import Work
from photomosaic.video.playback import camera_frames, played
from photomosaic.video.probe import probe


def explore_live(options: ExplorerOptions, camera: str, work: Work) -> Index | None:
    """Show the mosaics of a camera or a video file until the user leaves; return the photos.

    Raises
    ------
    InputError
        If the options, the camera, the photos or the savepath cannot be used, or no window opens.
    OutputError
        If a recording cannot be written.
    """
    look = options.look
    for flag, given in (
        ("--layout", look.layout != "grid"),
        ("--gap", look.gap),
        ("--round", look.round),
    ):
        if given:
            raise InputError(f"{flag} cannot be combined with --camera")
    listing = list_codebook(options.photos, work)
    with naming("--camera:"):
        frames, name = _frames(camera)
        first = next(frames)
    size = (first.shape[0], first.shape[1])
    with closing(frames):
        check_scales(size, options.what.scales, options.tiles, cover=True)
        # There is no picture that must not be overwritten, apart from the video.
        source = Path(camera) if Path(camera).exists() else Path(listing.folder)
        place = Place(options.what.savepath, source, size, listing)
        place.path(options.what.min_scale, name)
        prepare_qt()
        check_display()
        opening = partial(open_library, options.cache)
        explorer = LiveExplorer(
            frames, first, listing, options.tiles, open_library=opening, work=work
        )
        explorer.mirrored = not Path(camera).exists()
        with explorer:
            _show(explorer, options, place, name, work)
    return explorer.index


def _frames(camera: str) -> tuple[Generator[BgrImage], str]:
    """Return the frames of a camera or a file, and a name for it."""
    path = Path(camera)
    if camera.isdecimal() and not path.exists():
        return camera_frames(int(camera)), f"camera-{int(camera)}"
    video = probe(path, start=0.0, seconds=None, fps=None, sound=False)
    return played(video), path.stem


def _show(
    explorer: LiveExplorer, options: ExplorerOptions, place: Place, name: str, work: Work
) -> None:
    # Loaded here, when a window is known to work.
    from photomosaic.explore.window import Window

    first = Request(options.what.min_scale, options.look, options.tiles.metric)
    tape = _Tape(explorer, first, partial(_own_path, place, name))

    def save(request: Request, mosaic: BgrImage) -> Path:
        path = _own_path(place, name, request.scale)
        write_picture(mosaic, path)
        return path

    def saved(path: Path) -> None:
        work.notify(MosaicSaved(path))

    keys: dict[str, Callable[[], str]] = {"r": tape.press, "m": partial(_mirror, explorer)}
    try:
        Window(explorer, first, options.what.scales, save, saved, keys=keys).show()
    finally:
        for path in tape.finished():
            saved(path)


def _own_path(place: Place, name: str, scale: int) -> Path:
    """Return the path of a picture that nothing was saved to before, as far as the name allows."""
    stem = f"{name}-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    path = place.path(scale, f"{stem}.live")
    number = 2
    while path.exists() and path != (path := place.path(scale, f"{stem}-{number}.live")):
        number += 1
    return path


def _mirror(explorer: LiveExplorer) -> str:
    explorer.mirrored = not explorer.mirrored
    return "mirrored" if explorer.mirrored else "not mirrored"


@dataclass
class _Tape:
    """The recordings that a key starts and stops."""

    explorer: LiveExplorer
    request: Request
    path: Callable[[int], Path]
    running: Recording | None = None
    done: list[Recording] = field(default_factory=list)

    def press(self) -> str:
        """Start or stop recording; return what is told of it."""
        if self.running is not None:
            self.running.stop()
            self.done.append(self.running)
            path, self.running = self.running.path, None
            return f"recorded {path.name} in {path.parent}"
        path = self.path(self.request.scale).with_suffix(".mp4")
        try:
            check_format(path, self._latest().shape[:2])
        except InputError as error:
            return f"cannot record: {error}"
        self.running = Recording(self._latest, path)
        return "recording; r stops it"

    def finished(self) -> list[Path]:
        """Stop what is running, wait for all, and return their paths."""
        if self.running is not None:
            self.running.stop()
            self.done.append(self.running)
        return [recording.finished() for recording in self.done]

    def _latest(self) -> BgrImage:
        shown = self.explorer.nearest(self.request)
        return self.explorer.target if shown is None else shown.mosaic
