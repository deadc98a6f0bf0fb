"""The options of face_montage.py."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from photomosaic import ranges
from photomosaic.errors import InputError
from photomosaic.options.choice import ChoiceOptions
from photomosaic.options.fields import Options, option
from photomosaic.options.film import FilmOptions
from photomosaic.options.people import GroupOptions
from photomosaic.options.photos import CORES, CacheOptions, MessageOptions, ReadingOptions
from photomosaic.options.values import FrameSize

FrameOrder = Literal["random", "age", "age-descending", "confidence"]
Interval = Literal["day", "week", "month", "year"]
Border = Literal["blur", "black", "replicate"]
Alignment = Literal["eyes", "face"]


@dataclass(frozen=True, kw_only=True)
class PeopleOptions(ReadingOptions):
    """Who is searched for, and where."""

    heading: ClassVar[str] = "people and photos"

    target_face_dir: Path | None = option(
        None, "folder of photos of the person to find; ten or more are good", metavar="DIR"
    )
    other_face_dir: Path | None = option(
        None,
        "folder of photos of many other people; without it, only similarity decides",
        metavar="DIR",
    )
    photos_dir: Path | None = option(None, "folder of photos to search", metavar="DIR")
    videos: bool = option(
        False,
        "search the videos of the folder, too; the best frame of each second that shows the person"
        " is used",
    )
    workers: int = option(CORES, "processes that search for faces", ranges.WORKERS, metavar="N")


@dataclass(frozen=True, kw_only=True)
class FaceOptions(Options):
    """Which faces are used."""

    heading: ClassVar[str] = "which faces"

    min_confidence: float = option(
        0.8, "lowest probability at which a face counts as the person's", ranges.CONFIDENCE
    )
    min_face_size: int | None = option(
        None,
        "width of the smallest face that is searched for, in pixels of the photo; smaller takes"
        " longer (default: 30, or 40 in photos of 24 megapixels)",
        ranges.FACE_SIZE,
    )
    learn: bool = option(
        True, "search again with sure finds as further examples, and with strangers as others"
    )
    all_faces: bool = option(False, "use all matching faces of a photo, not only the likeliest")
    max_per: Interval | None = option(
        None, "use only the clearest face of each day, week, month or year"
    )
    undated: Literal["last", "drop"] = option(
        "last", "sort photos without a known date last, or leave them out"
    )


@dataclass(frozen=True, kw_only=True)
class FrameOptions(Options):
    """How the frames of a montage look."""

    heading: ClassVar[str] = "montage"

    output_size: int = option(
        800, "width and height of a frame", ranges.OUTPUT_SIZE, exclusive="size"
    )
    size: FrameSize | None = option(
        None,
        "size of a frame that is not square, such as 1080x1920",
        metavar="WxH",
        parse=FrameSize.parse,
        exclusive="size",
    )
    start_closeness: float = option(
        0.4,
        "margin beside each eye in the first frame, as a share of its width; less shows the face"
        " larger",
        ranges.CLOSENESS,
    )
    end_closeness: float = option(
        0.4, "the same in the last frame; it changes evenly in between", ranges.CLOSENESS
    )
    border: Border = option("blur", "what fills the frame beyond the photo's edge")
    align: Alignment = option(
        "eyes", "keep the eyes exactly in place, or all of the face as nearly as can be"
    )
    even_light: bool = option(
        False, "bring brightness and colour of each face to those of the frames around it"
    )

    def __post_init__(self) -> None:
        """Check the size."""
        super().__post_init__()
        for side in self.shape:
            if side not in ranges.OUTPUT_SIZE:
                raise InputError(f"--size: {side} pixels a side are not {ranges.OUTPUT_SIZE}")

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of a frame."""
        if self.size is None:
            return self.output_size, self.output_size
        return self.size.exact or (self.size.longest, self.size.longest)

    @property
    def frame_size(self) -> FrameSize:
        """The same as a size of an animation's frames."""
        return FrameSize(max(self.shape), self.shape)

    def closeness(self, i: int, count: int) -> float:
        """Return the margin in frame `i` of `count`: even steps from the first to the last."""
        share = i / (count - 1) if count > 1 else 0.0
        return self.start_closeness + share * (self.end_closeness - self.start_closeness)


@dataclass(frozen=True, kw_only=True)
class MontageOptions(Options):
    """Where the frames of a montage go, and in which order."""

    heading: ClassVar[str] = "montage"

    savedir: Path | None = option(
        None, "folder for the frames and their list", metavar="DIR", writes="montage"
    )
    order: FrameOrder = option(
        "random",
        "order of the frames",
        exclusive="order",
        aliases={"--sort-by-photo-age": ("age", "the same as --order age: the oldest photo first")},
    )
    seed: int = option(0, "seed of the random order", ranges.SEED)
    dry_run: bool = option(False, "write only the review sheets, no frames")


@dataclass(frozen=True, kw_only=True)
class FaceMontageOptions:
    """The options of face_montage.py."""

    people: PeopleOptions
    groups: GroupOptions
    faces: FaceOptions
    choice: ChoiceOptions
    montage: MontageOptions
    frames: FrameOptions
    film: FilmOptions
    cache: CacheOptions
    messages: MessageOptions
