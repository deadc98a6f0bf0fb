"""Pictures of videos and GIFs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

import make_gif
import video
from photomosaic.arrays import BgrImage
from photomosaic.images.listing import list_photos
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.matching.grid import TileSize
from photomosaic.mosaic import Mosaicker
from photomosaic.motion.fold import VideoFold
from photomosaic.options.look import RenderOptions
from photomosaic.options.photos import TileOptions
from photomosaic.progress import Work
from photomosaic.video.pipes import read_frames
from photomosaic.video.probe import probe
from tools.pictures.layout import column, row
from tools.pictures.studio import Studio

SHOWN_FRAMES = (0, 37, 74)
NOISE_LEVELS = 12
"""Standard deviation of a dim room's noise, in levels of 255."""
NOISY_FRAMES = 12
CHANGED = (255, 40, 40)


def video_strip(studio: Studio) -> Image.Image:
    """Show frames of a clip above their mosaics."""
    path = studio.folder / "mosaic.mp4"
    options = ["--target", studio.clip, "--codebook-dir", studio.photos, "--scale", 4]
    studio.run(video.main, *options, "--savepath", path)
    return column([row([_frames(file)[i] for i in SHOWN_FRAMES]) for file in (studio.clip, path)])


def scales(studio: Studio) -> Path:
    """Make the GIF that sweeps the scales, and return its path."""
    path = studio.folder / "scales.gif"
    options = ["--target", studio.astronaut, "--codebook-dir", studio.photos, "--savepath", path]
    options += ["--min-scale", 6, "--max-scale", 26, "--step", 5, "--ascending", 0]
    studio.run(make_gif.main, *options, "--fps", 1.5, "--resize-height", 400)
    return path


def stabilization(studio: Studio) -> Image.Image:
    """Show which tiles change from one frame to the next of a still, noisy scene."""
    rng = np.random.default_rng(0)
    first = np.asarray(_frames(studio.clip)[0])[..., ::-1].astype(float)
    scene = [
        np.clip(first + rng.normal(0, NOISE_LEVELS, first.shape), 0, 255).round().astype(np.uint8)
        for _ in range(NOISY_FRAMES)
    ]
    with PhotoLibrary(None, Work(1)) as library:
        tile = TileSize.from_scale(4, 4, 3)
        index = library.index(list_photos(studio.photos))
        codebook = library.codebook(index, tile, TileOptions())
    mosaicker = Mosaicker(codebook, RenderOptions(), tile)
    thresholds = (1, 0.97, 0.9)
    shown = [_changes(VideoFold(mosaicker, value), mosaicker, scene) for value in thresholds]
    words = [
        f"threshold {value}: {100 * share:.1f} % change"
        for value, (_, share) in zip(thresholds, shown, strict=True)
    ]
    return row([picture for picture, _ in shown], words)


def _changes(
    fold: VideoFold, mosaicker: Mosaicker, scene: list[BgrImage]
) -> tuple[Image.Image, float]:
    """Return the last frame's mosaic with what changed marked, and the mean share of changes."""
    ids = [fold.assign(frame).ids for frame in scene[:-1]]
    last = fold.assign(scene[-1])
    tile = mosaicker.codebook.tile
    grid = mosaicker.grid(scene[-1])
    changed = (last.ids != ids[-1]).reshape(grid.rows, grid.cols)
    mosaic = mosaicker.paint(scene[-1], last)[..., ::-1].astype(float)
    marks = changed.repeat(tile.height, axis=0).repeat(tile.width, axis=1)
    mosaic[marks] = 0.3 * mosaic[marks] + 0.7 * np.array(CHANGED)
    return Image.fromarray(mosaic.round().astype(np.uint8)), fold.flicker


def _frames(path: Path) -> list[Image.Image]:
    video = probe(path, start=0, seconds=None, fps=None, sound=False)
    return [Image.fromarray(frame[..., ::-1]) for frame in read_frames(video)]
