"""The figures that tell most, as a table in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from photomosaic.performance.faces import FaceTimings
from photomosaic.performance.measure import Measurements
from photomosaic.performance.mosaics import ScaleTiming
from photomosaic.performance.timing import Timing, rounded, spread
from photomosaic.performance.videos import VideoTimings
from photomosaic.wording import counted

MOST_SCALES, MOST_SIZES = 3, 3
UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))

Row = tuple[str, Timing]


def table(found: Measurements) -> str:
    """Return the measurements as a Markdown table, and lines on what has no time."""
    rows = [(f"photo: {stage}", timing) for stage, timing in found.photos.stages.items()]
    rows += [(f"first index of a {name}", time) for name, time in found.photos.formats.items()]
    rows += [(f"photos to tiles, {name}", time) for name, time in found.photos.caching.items()]
    rows += _scale_rows(found.scales)
    rows += [
        (
            f"lookup of {counted(lookup.patches, 'patch', 'patches')}"
            f" in {counted(lookup.tiles, 'tile')}",
            lookup.seconds,
        )
        for lookup in (found.lookup[i] for i in spread(len(found.lookup), MOST_SIZES))
    ]
    rows += _video_rows(found.video) if found.video else []
    rows += _face_rows(found.faces) if found.faces else []
    head = ["| what | median | least to most |", "|---|--:|--:|"]
    told = [line for line in (_on_photos(found), _on_video(found), _on_memory(found)) if line]
    return "\n".join([*head, *(_row(*row) for row in rows), "", *told])


def in_unit(seconds: float) -> tuple[float, str]:
    """Return the length of the unit that suits so many seconds, and its name."""
    return next((unit for unit in UNITS if seconds >= unit[0]), UNITS[-1])


def _row(what: str, timing: Timing) -> str:
    length, unit = in_unit(timing.median)
    median, least, most = (
        rounded(seconds / length) for seconds in (timing.median, timing.least, timing.most)
    )
    return f"| {what} | {median} {unit} | {least} to {most} {unit} |"


def _scale_rows(scales: Sequence[ScaleTiming]) -> list[Row]:
    rows = [
        (f"mosaic at scale {timing.scale}, {counted(timing.cells, 'cell')}", timing.total)
        for timing in (scales[i] for i in spread(len(scales), MOST_SCALES))
    ]
    middle = scales[len(scales) // 2]
    return rows + [
        (f"scale {middle.scale}: {stage}", timing) for stage, timing in middle.stages.items()
    ]


def _video_rows(video: VideoTimings) -> list[Row]:
    rows = [(f"video frame: {part} alone", timing) for part, timing in video.parts.items()]
    return [*rows, ("video frame: all at once", video.whole)]


def _face_rows(faces: FaceTimings) -> list[Row]:
    rows = [(f"faces of a photo: {stage}", timing) for stage, timing in faces.stages.items()]
    return rows if faces.frame is None else [*rows, ("frame of a face montage", faces.frame)]


def _on_photos(found: Measurements) -> str:
    text = counted(found.photos.photos, "photo")
    if found.unreadable:
        text += f" ({found.unreadable:,} more could not be read)"
    if found.faces:
        text += f"; {counted(found.faces.faces, 'face')} in {counted(found.faces.photos, 'photo')}"
    return text


def _on_video(found: Measurements) -> str:
    if found.video is None:
        return ""
    video = found.video
    return (
        f"\nvideo of {video.width}x{video.height}, {counted(video.frames, 'frame')},"
        f" scale {video.scale}: {_percent(video.changed)} of the tiles change per frame"
        f" ({_percent(video.changed_without_holding)} without holding),"
        f" {_percent(video.skipped_searches)} of the searches are skipped"
    )


def _on_memory(found: Measurements) -> str:
    if not found.peak_memory:
        return ""
    groups = ", ".join(f"{name} {_megabytes(size)}" for name, size in found.memory.items())
    return f"\nmost memory: {_megabytes(found.peak_memory)}" + (f" ({groups})" if groups else "")


def _percent(share: float) -> str:
    return f"{rounded(share * 100)} %" if share else "0 %"


def _megabytes(size: int) -> str:
    return f"{rounded(size / 1e6)} MB"
