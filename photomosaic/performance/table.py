"""The most important measurements, as a table in Markdown."""

from __future__ import annotations

from photomosaic.performance.measure import Measurements
from photomosaic.performance.timing import Timing, rounded, spread
from photomosaic.wording import counted

MOST_SCALES, MOST_SIZES = 3, 3
UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))
HEAD = "| what | median | least to most |\n|---|--:|--:|"


def table(found: Measurements) -> str:
    """Return the measurements as a Markdown table, and lines on counts, video and memory."""
    rows = [_row(what, timing) for what, timing in _times(found)]
    return "\n".join([HEAD, *rows, "", _on_photos(found), *_on_video(found), *_on_memory(found)])


def in_unit(seconds: float) -> tuple[float, str]:
    """Return the length of the unit that suits so many seconds, and its name."""
    return next((unit for unit in UNITS if seconds >= unit[0]), UNITS[-1])


def in_words(seconds: float) -> str:
    """Return a time in a suitable unit."""
    length, unit = in_unit(seconds)
    return f"{rounded(seconds / length)} {unit}"


def _row(what: str, timing: Timing) -> str:
    length, unit = in_unit(timing.median)
    least, most = rounded(timing.least / length), rounded(timing.most / length)
    return f"| {what} | {in_words(timing.median)} | {least} to {most} {unit} |"


def _times(found: Measurements) -> list[tuple[str, Timing]]:
    """Return what the rows of the table are about, and their times."""
    photos, video, faces = found.photos, found.video, found.faces
    scales = [found.scales[i] for i in spread(len(found.scales), MOST_SCALES)]
    middle = found.scales[len(found.scales) // 2]
    rows = [(f"photo: {stage}", time) for stage, time in photos.stages.items()]
    rows += [(f"first index of a {name}", time) for name, time in photos.formats.items()]
    rows += [(f"photos to tiles, {name}", time) for name, time in photos.caching.items()]
    rows += [(f"mosaic at scale {t.scale}, {counted(t.cells, 'cell')}", t.total) for t in scales]
    rows += [(f"scale {middle.scale}: {stage}", time) for stage, time in middle.stages.items()]
    for part in (found.lookup[i] for i in spread(len(found.lookup), MOST_SIZES)):
        patches, tiles = counted(part.patches, "patch", "patches"), counted(part.tiles, "tile")
        rows.append((f"lookup of {patches} in {tiles}", part.seconds))
    if video is not None:
        rows += [(f"video frame: {name} alone", time) for name, time in video.parts.items()]
        rows.append(("video frame: all at once", video.whole))
    if faces is not None:
        rows += [(f"faces of a photo: {stage}", time) for stage, time in faces.stages.items()]
        rows += [("frame of a face montage", faces.frame)] if faces.frame is not None else []
    return rows


def _on_photos(found: Measurements) -> str:
    text = counted(found.photos.photos, "photo")
    if found.unreadable:
        text += f" ({found.unreadable:,} more could not be read)"
    if found.faces:
        text += f"; {counted(found.faces.faces, 'face')} in {counted(found.faces.photos, 'photo')}"
    return text


def _on_video(found: Measurements) -> list[str]:
    if (video := found.video) is None:
        return []
    return [
        f"\nvideo of {video.width}x{video.height}, {counted(video.frames, 'frame')},"
        f" scale {video.scale}: {_percent(video.changed)} of the tiles change per frame"
        f" ({_percent(video.changed_without_holding)} without holding),"
        f" {_percent(video.skipped_searches)} of the searches are skipped"
    ]


def _on_memory(found: Measurements) -> list[str]:
    if not found.peak_memory:
        return []
    groups = ", ".join(f"{name} {_megabytes(size)}" for name, size in found.memory.items())
    return [f"\nmost memory: {_megabytes(found.peak_memory)}" + (f" ({groups})" if groups else "")]


def _percent(share: float) -> str:
    return f"{rounded(share * 100)} %" if share else "0 %"


def _megabytes(size: int) -> str:
    return f"{rounded(size / 1e6)} MB"
