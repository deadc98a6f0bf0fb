"""What is to be measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from photomosaic.arrays import BgrImage
from photomosaic.images.listing import Listing
from photomosaic.options.look import RenderOptions
from photomosaic.options.photos import TileOptions
from photomosaic.options.video import VideoOptions
from photomosaic.video.probe import VideoInfo


@dataclass(frozen=True)
class Clip:
    """A part of a video, a scale whose tiles fit into its frames, and how its mosaic is made."""

    video: VideoInfo
    scale: int
    look: RenderOptions
    options: VideoOptions


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be measured, checked before any long work.

    Attributes
    ----------
    target : ndarray of shape (H, W, 3), uint8, BGR
    scales : sequence of int
        Ascending.
    repeats : int
        Runs of which the median is reported.
    quick : bool
        Measure only as many photos and frames as a few seconds allow.
    faces : Listing or None
        Photos to look for faces in.
    """

    target: BgrImage
    scales: Sequence[int]
    tiles: TileOptions
    look: RenderOptions
    listing: Listing
    repeats: int
    quick: bool
    clip: Clip | None = None
    faces: Listing | None = None


@dataclass(frozen=True)
class NotMeasured:
    """Notice that the "video" or the "faces" cannot be measured, and why."""

    what: str
    reason: str
