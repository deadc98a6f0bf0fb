"""What is to be measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from photomosaic.arrays import BgrImage
from photomosaic.images.listing import Listing
from photomosaic.options.look import RenderOptions
from photomosaic.options.photos import TileOptions
from photomosaic.progress import Work
from photomosaic.video.probe import VideoInfo


@dataclass(frozen=True)
class Clip:
    """A part of a video, and a scale whose tiles fit into its frames."""

    video: VideoInfo
    scale: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be measured, checked before any long work.

    The scales ascend; `repeats` are the runs of which the median is reported. `quick` measures only
    as many photos and frames as a few seconds allow; `faces` are photos to look for faces in.
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

    def runs(self, what: str, work: Work) -> Iterable[int]:
        """Return the numbers of the runs, whose progress is shown."""
        return work.progress(range(self.repeats), total=self.repeats, what=what, unit="run")


@dataclass(frozen=True)
class NotMeasured:
    """Notice that the "video" or the "faces" cannot be measured, and why."""

    what: str
    reason: str
