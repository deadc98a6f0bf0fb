"""Plots of what was measured, readable in grey."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from photomosaic.images.encode import write_picture
from photomosaic.performance.measure import Measurements
from photomosaic.performance.mosaics import ScaleTiming
from photomosaic.performance.table import in_unit
from photomosaic.performance.timing import Timing, rounded
from photomosaic.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

SIZE, DPI = (8.0, 5.0), 120  # 960 by 600 pixels
FONT_SIZE = 12
# Told apart in grey by their marks and dashes.
COLOURS = "black", "#0072b2", "#d55e00", "#56b4e9", "#7a4a8a", "#009e73"
MARKS, DASHES = "osv^DPX<*>", ("-", "--", ":", "-.")
# Of the length of an axis, so that what stands at its ticks does not touch.
GAP_OF_NUMBERS, GAP_OF_SIZES = 0.06, 0.17
BAR: dict[str, Any] = {"color": "0.72", "edgecolor": "black", "linewidth": 0.8}


def file_names(*, video: bool, faces: bool) -> list[str]:
    """Return the names of the plots that are written."""
    return [name for name in _PLOTS if {"video.png": video, "faces.png": faces}.get(name, True)]


def write_plots(found: Measurements, savedir: Path) -> None:
    """Write the plots as PNG files into a folder."""
    from matplotlib import rc_context

    names = file_names(video=found.video is not None, faces=found.faces is not None)
    with rc_context({"font.size": FONT_SIZE, "axes.titlesize": FONT_SIZE + 1}):
        for name in names:
            _write(savedir / name, _PLOTS[name], found)


def _write(path: Path, draw: Callable[[Figure, Measurements], None], found: Measurements) -> None:
    # Without pyplot, which picks a window system.
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE, dpi=DPI, layout="constrained")
    draw(figure, found)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="raw")
    width, height = (round(side * DPI) for side in SIZE)
    red_first = np.frombuffer(drawn.getbuffer(), np.uint8).reshape(height, width, 4)
    write_picture(np.ascontiguousarray(red_first[..., [2, 1, 0]]), path)


def _stages(figure: Figure, found: Measurements) -> None:
    axes = figure.add_subplot()
    lines = {name: points for name, points in _stage_points(found).items() if points}
    for i, (name, points) in enumerate(lines.items()):
        x, y = zip(*points, strict=True)
        style = f"{DASHES[i % len(DASHES)]}{MARKS[i % len(MARKS)]}"
        axes.plot(x, y, style, color=COLOURS[i % len(COLOURS)], label=name, markersize=5)
    _label(axes, "Time of each operation", "tile, height x width (pixels)", "time (ms)")
    axes.set_yscale("log")
    _number_plainly(axes.yaxis)
    shown = _apart([timing.height for timing in found.scales], GAP_OF_SIZES)
    names = [f"{found.scales[i].height}x{found.scales[i].width}" for i in shown]
    axes.set_xticks([found.scales[i].height for i in shown], names)
    # In the order in which the lines end, so that they are found easily.
    handles, labels = axes.get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda i: -lines[labels[i]][-1][1])
    figure.legend(
        [handles[i] for i in order], [labels[i] for i in order], loc="outside right center"
    )


def _stage_points(found: Measurements) -> dict[str, list[tuple[int, float]]]:
    """Return the milliseconds of each operation by the height of the tiles."""
    points: dict[str, list[tuple[int, float]]] = {}
    names = {"resize": "resize (a photo)", "tiles": "tiles of all photos"}
    for timing in found.scales:
        of_tiles = found.photos.tiles[timing.scale].items()
        for stage, seconds in [*timing.stages.items(), *of_tiles]:
            name = names.get(stage, stage)
            points.setdefault(name, []).append((timing.height, seconds.median * 1000))
    return points


def _mosaics(figure: Figure, found: Measurements) -> None:
    axes = figure.add_subplot()
    cells = [timing.cells for timing in found.scales]
    _line(axes, cells, [timing.total for timing in found.scales])
    _label(axes, "Time of a mosaic", "cells of the grid", "time (ms)")
    axes.set_xscale("log")
    _number_plainly(axes.xaxis)
    axes.set_ylim(bottom=0)
    _scales_above(axes, found.scales)


def _scales_above(axes: Axes, scales: Sequence[ScaleTiming]) -> None:
    """Name the scales on an axis of their own, above, as far as there is room."""
    above = axes.secondary_xaxis("top")
    shown = _apart([math.log(timing.cells) for timing in scales], GAP_OF_NUMBERS)
    above.set_xticks([scales[i].cells for i in shown], [str(scales[i].scale) for i in shown])
    above.set_xticks([], minor=True)
    above.set_xlabel("scale")


def _cells(figure: Figure, found: Measurements) -> None:
    axes = figure.add_subplot()
    axes.plot([t.scale for t in found.scales], [t.cells for t in found.scales], "-ok")
    _label(axes, "Cells of the grid at each scale", "scale", "cells of the grid")
    axes.set_yscale("log")
    _number_plainly(axes.yaxis)
    shown = _apart([timing.scale for timing in found.scales], GAP_OF_NUMBERS)
    axes.set_xticks([found.scales[i].scale for i in shown])


def _lookup(figure: Figure, found: Measurements) -> None:
    axes = figure.add_subplot()
    _line(axes, [part.tiles for part in found.lookup], [part.seconds for part in found.lookup])
    title = f"Lookup of {counted(found.lookup[-1].patches, 'patch', 'patches')}"
    _label(axes, title, "tiles in the codebook", "time (ms)")
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    _number_plainly(axes.xaxis)


def _caching(figure: Figure, found: Measurements) -> None:
    names = {
        "no cache": "without a cache",
        "first run": "first run, empty cache",
        "later run": "later run, full cache",
    }
    bars = {names[name]: timing for name, timing in found.photos.caching.items()}
    title = f"From {counted(found.photos.photos, 'photo')} to tiles"
    _bars(figure.add_subplot(), title, bars, "time")


def _photos(figure: Figure, found: Measurements) -> None:
    title = "From a photo to its tile"
    _bars(figure.add_subplot(), title, found.photos.stages, "time of a photo")


def _formats(figure: Figure, found: Measurements) -> None:
    title = "First index by format"
    _bars(figure.add_subplot(), title, found.photos.formats, "time of a photo")


def _video(figure: Figure, found: Measurements) -> None:
    assert found.video is not None  # noqa: S101 (drawn only if it was measured)
    video = found.video
    above, below = figure.subplots(2, 1, height_ratios=(4, 3))
    bars = {f"{name} alone": timing for name, timing in video.parts.items()}
    frames, size = counted(video.frames, "frame"), f"{video.width}x{video.height}"
    title = f"Video of {size}, {frames}, scale {video.scale}"
    _bars(above, title, bars | {"all at once": video.whole}, "time of a frame")
    shares = {
        "tiles that change, held": video.changed,
        "tiles that change, not held": video.changed_without_holding,
        "searches skipped": video.skipped_searches,
    }
    drawn = below.barh(list(shares), [share * 100 for share in shares.values()], **BAR)
    below.bar_label(drawn, [f"{share * 100:.3g} %" for share in shares.values()], padding=4)
    below.invert_yaxis()
    _label(below, "", "share of a frame (%)", "")
    below.set_xlim(0, 100 * max(0.01, *shares.values()) * 1.2)


def _faces(figure: Figure, found: Measurements) -> None:
    assert found.faces is not None  # noqa: S101 (drawn only if it was measured)
    faces = found.faces
    bars = dict(faces.stages)
    if faces.frame is not None:
        bars["frame of the montage"] = faces.frame
    title = f"Faces: {faces.faces:,} in {counted(faces.photos, 'photo')}, in one process"
    _bars(figure.add_subplot(), title, bars, "time of a photo")


def _memory(figure: Figure, found: Measurements) -> None:
    sizes = {**found.memory, "all": found.peak_memory}
    axes = figure.add_subplot()
    drawn = axes.barh(list(sizes), [size / 1e6 for size in sizes.values()], **BAR)
    labels = [f"{rounded(size / 1e6)} MB" if size else "not known" for size in sizes.values()]
    axes.bar_label(drawn, labels, padding=4)
    axes.invert_yaxis()
    axes.set_xlim(0, max(1.0, *(size / 1e6 for size in sizes.values())) * 1.2)
    _label(axes, "Most memory of the process", "memory (MB)", "")


def _line(axes: Axes, x: Sequence[int], timings: Sequence[Timing]) -> None:
    """Draw milliseconds, with bars from the least to the most."""
    medians = [timing.median * 1000 for timing in timings]
    axes.errorbar(x, medians, _errors(timings, 1e-3), fmt="-ok", capsize=4, markersize=5)


def _bars(axes: Axes, title: str, bars: Mapping[str, Timing], label: str) -> None:
    """Draw times, with bars from the least to the most."""
    timings = list(bars.values())
    longest = max((timing.most for timing in timings), default=1.0)
    unit, unit_name = in_unit(longest)
    medians, errors = [timing.median / unit for timing in timings], _errors(timings, unit)
    axes.barh(list(bars), medians, xerr=errors, capsize=4, **BAR)
    for row, timing in enumerate(timings):
        length, name = in_unit(timing.median)
        text = f"{rounded(timing.median / length)} {name}"
        place = (timing.most / unit, row)
        axes.annotate(text, place, (8, 0), textcoords="offset points", va="center")
    axes.set_xlim(0, longest / unit * 1.2)
    # From the top, and one bar alone is no thicker than one of three.
    axes.set_ylim(max(len(bars), 3) - 0.4, -0.6)
    _label(axes, title, f"{label} ({unit_name})", "")


def _errors(timings: Iterable[Timing], unit: float) -> list[list[float]]:
    pairs = [((t.median - t.least) / unit, (t.most - t.median) / unit) for t in timings]
    return [[below for below, _ in pairs], [above for _, above in pairs]]


def _apart(places: Sequence[float], gap: float) -> list[int]:
    """Return which places on an axis can be named, a share of its length apart, with both ends."""
    length = max(places) - min(places)
    chosen = [0]
    for i in range(1, len(places)):
        to_last = abs(places[i] - places[chosen[-1]])
        to_end = abs(places[-1] - places[i])
        if to_last >= gap * length and (to_end >= gap * length or i == len(places) - 1):
            chosen.append(i)
    return chosen


def _number_plainly(axis: Axis) -> None:
    """Write the numbers at the ticks of a logarithmic axis without exponents."""
    from matplotlib.ticker import LogFormatter

    class Plain(LogFormatter):
        def __call__(self, x: float, pos: int | None = None) -> str:
            # Between powers of ten only where these are few, as the formatter decides.
            if not super().__call__(x, pos):
                return ""
            return f"{x:,.0f}" if x >= 1 else f"{x:g}"

    axis.set_major_formatter(Plain())
    axis.set_minor_formatter(Plain())


def _label(axes: Axes, title: str, x: str, y: str) -> None:
    axes.set_title(title)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(alpha=0.3, axis="both" if y else "x")
    axes.set_axisbelow(True)


_PLOTS = {
    "stages.png": _stages,
    "mosaics.png": _mosaics,
    "cells.png": _cells,
    "lookup.png": _lookup,
    "photos.png": _photos,
    "formats.png": _formats,
    "caching.png": _caching,
    "memory.png": _memory,
    "video.png": _video,
    "faces.png": _faces,
}
