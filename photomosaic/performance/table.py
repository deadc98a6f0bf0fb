"""What is measured, in groups: each is bars of a plot, rows of a table in Markdown, or both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from photomosaic.performance.measure import Measurements
from photomosaic.performance.timing import Timing, rounded, spread
from photomosaic.wording import counted

MOST_SCALES, MOST_SIZES = 3, 3
# Lengths and names of units, the largest first.
TIME, MEMORY, SHARE = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")), ((1e6, "MB"),), ((0.01, "%"),)
HEAD = "| what | median | least to most |\n|---|--:|--:|"


class Group(NamedTuple):
    """Figures of one kind; the axis, with `title`, is that of its bars in `plot`, if any."""

    row: str
    figures: Mapping[str, Timing]
    plot: str = ""
    title: str = ""
    axis: str = "time"
    units: tuple[tuple[float, str], ...] = TIME

    def unit(self, value: float) -> tuple[float, str]:
        """Return the length and the name of the unit that suits a value."""
        return next((unit for unit in self.units if value >= unit[0]), self.units[-1])

    def in_words(self, value: float) -> str:
        """Return a value in a suitable unit."""
        length, name = self.unit(value)
        return f"{rounded(value / length)} {name}"


def groups(found: Measurements) -> list[Group]:
    """Return all groups, in the order of the table."""
    photos, of_photo = found.photos, "time of a photo"
    title = f"From {counted(photos.photos, 'photo')} to tiles"
    sizes = _once({**found.memory, "all": found.peak_memory} if found.peak_memory else {})
    return [
        Group("photo: {}", photos.stages, "photos", "From a photo to its tile", of_photo),
        Group("first index of a {}", photos.formats, "formats", "First index by format", of_photo),
        Group("photos to tiles, {}", photos.caching, "caching", title),
        *_of_mosaics(found),
        *_of_video(found),
        *_of_faces(found),
        Group("most memory, {}", sizes, "memory", "Most memory", axis="memory", units=MEMORY),
    ]


def _of_mosaics(found: Measurements) -> list[Group]:
    scales = [found.scales[i] for i in spread(len(found.scales), MOST_SCALES)]
    totals = {f"{t.scale}, {counted(t.cells, 'cell')}": t.total for t in scales}
    middle = found.scales[len(found.scales) // 2]
    parts = [found.lookup[i] for i in spread(len(found.lookup), MOST_SIZES)]
    patches = counted(parts[-1].patches, "patch", "patches")
    return [
        Group("mosaic at scale {}", totals),
        Group(f"scale {middle.scale}: {{}}", middle.stages),
        Group(f"lookup of {patches} in {{}}", {counted(p.tiles, "tile"): p.seconds for p in parts}),
    ]


def _of_video(found: Measurements) -> list[Group]:
    if (video := found.video) is None:
        return []
    times = {f"{name} alone": timing for name, timing in video.parts.items()}
    times["all at once"] = video.whole
    shares = {
        "tiles that change, held": video.changed,
        "tiles that change, not held": video.changed_without_holding,
        "searches skipped": video.skipped_searches,
    }
    title = f"Video of {video.width}x{video.height}, {counted(video.frames, 'frame')}"
    title = f"{title}, scale {video.scale}"
    return [
        Group("video frame: {}", times, "video", title, "time of a frame"),
        Group("video: {}", _once(shares), "video", axis="share of a frame", units=SHARE),
    ]


def _of_faces(found: Measurements) -> list[Group]:
    if (faces := found.faces) is None:
        return []
    title = f"Faces: {faces.faces:,} in {counted(faces.photos, 'photo')}, in one process"
    frame = {} if faces.frame is None else {"frame of the montage": faces.frame}
    return [Group("faces: {}", faces.stages | frame, "faces", title, "time of a photo")]


def _once(values: Mapping[str, float]) -> dict[str, Timing]:
    return {name: Timing.of([value]) for name, value in values.items()}


def table(found: Measurements) -> str:
    """Return the measurements as a Markdown table, and a line on what was measured."""
    rows = [_row(group, *item) for group in groups(found) for item in group.figures.items()]
    counts = counted(found.photos.photos, "photo")
    if found.unreadable:
        counts += f" ({found.unreadable:,} more could not be read)"
    if faces := found.faces:
        counts += f"; {counted(faces.faces, 'face')} in {counted(faces.photos, 'photo')}"
    if video := found.video:
        counts += f"; {counted(video.frames, 'frame')} of {video.width}x{video.height}"
        counts += f" at scale {video.scale}"
    return "\n".join([HEAD, *rows, "", counts])


def _row(group: Group, name: str, figure: Timing) -> str:
    (length, unit), extremes = group.unit(figure.median), ""
    if figure.least < figure.most:
        extremes = f"{rounded(figure.least / length)} to {rounded(figure.most / length)} {unit}"
    return f"| {group.row.format(name)} | {group.in_words(figure.median)} | {extremes} |"
