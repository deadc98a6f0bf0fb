"""Plots of the measurements, readable in grey."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from photomosaic.images.encode import write_picture
from photomosaic.performance.measure import Measurements
from photomosaic.performance.table import in_unit, in_words
from photomosaic.performance.timing import Timing, rounded
from photomosaic.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

NAMES = "stages mosaics cells lookup photos formats caching memory video faces".split()
SIZE, DPI = (8.0, 5.0), 120  # 960 by 600 pixels
FONT_SIZE = 12
# In grey, lines differ by their marks and dashes.
COLOURS = "black", "#0072b2", "#d55e00", "#56b4e9", "#7a4a8a", "#009e73"
MARKS, DASHES = "osv^DPX<*>", ("-", "--", ":", "-.")
# Shares of the length of an axis that keep the labels of its ticks apart.
GAP_OF_NUMBERS, GAP_OF_SIZES = 0.06, 0.17
BAR: dict[str, Any] = {"color": "0.72", "edgecolor": "black", "linewidth": 0.8}
STAGES = {"resize": "resize (a photo)", "tiles": "tiles of all photos"}
CACHING = {
    "no cache": "without a cache",
    "first run": "first run, empty cache",
    "later run": "later run, full cache",
}


def file_names(*, video: bool, faces: bool) -> list[str]:
    """Return the names of the plots that are written."""
    return [f"{name}.png" for name in NAMES if {"video": video, "faces": faces}.get(name, True)]


def write_plots(found: Measurements, savedir: Path) -> None:
    """Write the plots as PNG files into a folder."""
    from matplotlib import rc_context

    # Without pyplot, which picks a window system.
    from matplotlib.figure import Figure

    with rc_context({"font.size": FONT_SIZE, "axes.titlesize": FONT_SIZE + 1}):
        for name in file_names(video=found.video is not None, faces=found.faces is not None):
            figure, drawn = Figure(figsize=SIZE, dpi=DPI, layout="constrained"), io.BytesIO()
            draw(name.removesuffix(".png"), figure, found)
            figure.savefig(drawn, format="raw")
            width, height = (round(side * DPI) for side in SIZE)
            red_first = np.frombuffer(drawn.getbuffer(), np.uint8).reshape(height, width, 4)
            write_picture(np.ascontiguousarray(red_first[..., [2, 1, 0]]), savedir / name)


def draw(name: str, figure: Figure, found: Measurements) -> None:
    """Draw one of the plots `NAMES`."""
    lines = {"stages": _stages, "mosaics": _mosaics, "cells": _cells, "lookup": _lookup}
    if name in lines:
        lines[name](figure, found)
        return
    parts = _bar_plots(found)[name]
    rows = figure.subplots(len(parts), height_ratios=(4, 3)[: len(parts)], squeeze=False)
    for part, (axes,) in zip(parts, rows, strict=True):
        part(axes)


def _stages(figure: Figure, found: Measurements) -> None:
    points: dict[str, list[tuple[int, float]]] = {}
    for timing in found.scales:
        for stage, time in [*timing.stages.items(), *found.photos.tiles[timing.scale].items()]:
            point = timing.height, time.median * 1000
            points.setdefault(STAGES.get(stage, stage), []).append(point)
    axes, lines = figure.add_subplot(), {}
    for i, (name, line) in enumerate(points.items()):
        style = f"{DASHES[i % len(DASHES)]}{MARKS[i % len(MARKS)]}"
        colour = COLOURS[i % len(COLOURS)]
        (lines[name],) = axes.plot(*zip(*line, strict=True), style, color=colour, markersize=5)
    _label(axes, "Time of each operation", "tile, height x width (pixels)", "time (ms)")
    _make_logarithmic(axes, "y")
    shown = [found.scales[i] for i in _apart([t.height for t in found.scales], GAP_OF_SIZES)]
    axes.set_xticks([t.height for t in shown], [f"{t.height}x{t.width}" for t in shown])
    # In the order in which the lines end, so that they are found easily.
    order = sorted(points, key=lambda name: -points[name][-1][1])
    figure.legend([lines[name] for name in order], order, loc="outside right center")


def _mosaics(figure: Figure, found: Measurements) -> None:
    scales = found.scales
    axes = _curve(figure, [timing.cells for timing in scales], [timing.total for timing in scales])
    _label(axes, "Time of a mosaic", "cells of the grid", "time (ms)")
    # The scales stand above, on an axis of their own.
    above = axes.secondary_xaxis("top")
    shown = [scales[i] for i in _apart([math.log(t.cells) for t in scales], GAP_OF_NUMBERS)]
    above.set_xticks([timing.cells for timing in shown], [str(timing.scale) for timing in shown])
    above.set_xticks([], minor=True)
    above.set_xlabel("scale")


def _cells(figure: Figure, found: Measurements) -> None:
    axes, scales = figure.add_subplot(), [timing.scale for timing in found.scales]
    axes.plot(scales, [timing.cells for timing in found.scales], "-ok")
    _label(axes, "Cells of the grid at each scale", "scale", "cells of the grid")
    _make_logarithmic(axes, "y")
    axes.set_xticks([scales[i] for i in _apart(scales, GAP_OF_NUMBERS)])


def _lookup(figure: Figure, found: Measurements) -> None:
    parts = found.lookup
    axes = _curve(figure, [part.tiles for part in parts], [part.seconds for part in parts])
    title = f"Lookup of {counted(parts[-1].patches, 'patch', 'patches')}"
    _label(axes, title, "tiles in the codebook", "time (ms)")


def _curve(figure: Figure, x: Sequence[int], timings: Sequence[Timing]) -> Axes:
    """Draw milliseconds, with bars from the least to the most."""
    axes, medians = figure.add_subplot(), [timing.median * 1000 for timing in timings]
    axes.errorbar(x, medians, _errors(timings, 1e-3), fmt="-ok", capsize=4, markersize=5)
    _make_logarithmic(axes, "x")
    axes.set_ylim(bottom=0)
    return axes


def _bar_plots(found: Measurements) -> dict[str, list[Callable[[Axes], None]]]:
    """Return what draws each plot of bars, or the two parts of one."""
    photos, video, faces, of_photo = found.photos, found.video, found.faces, "time of a photo"
    title = f"From {counted(photos.photos, 'photo')} to tiles"
    caching = {CACHING[name]: timing for name, timing in photos.caching.items()}
    sizes = {name: size / 1e6 for name, size in {**found.memory, "all": found.peak_memory}.items()}
    labels = [f"{rounded(size)} MB" if size else "not known" for size in sizes.values()]
    plots: dict[str, list[Callable[[Axes], None]]] = {
        "photos": [partial(_times, "From a photo to its tile", photos.stages, of_photo)],
        "formats": [partial(_times, "First index by format", photos.formats, of_photo)],
        "caching": [partial(_times, title, caching, "time")],
        "memory": [partial(_amounts, "Most memory of the process", sizes, labels, "memory (MB)")],
    }
    if video is not None:
        frames, size = counted(video.frames, "frame"), f"{video.width}x{video.height}"
        title = f"Video of {size}, {frames}, scale {video.scale}"
        times = {f"{name} alone": timing for name, timing in video.parts.items()}
        times["all at once"] = video.whole
        shares = {
            "tiles that change, held": video.changed * 100,
            "tiles that change, not held": video.changed_without_holding * 100,
            "searches skipped": video.skipped_searches * 100,
        }
        labels = [f"{share:.3g} %" for share in shares.values()]
        plots["video"] = [
            partial(_times, title, times, "time of a frame"),
            partial(_amounts, "", shares, labels, "share of a frame (%)"),
        ]
    if faces is not None:
        title = f"Faces: {faces.faces:,} in {counted(faces.photos, 'photo')}, in one process"
        frame = {} if faces.frame is None else {"frame of the montage": faces.frame}
        plots["faces"] = [partial(_times, title, faces.stages | frame, of_photo)]
    return plots


def _amounts(
    title: str, amounts: Mapping[str, float], labels: Sequence[str], x_label: str, axes: Axes
) -> None:
    """Draw labelled bars of amounts."""
    axes.bar_label(axes.barh(list(amounts), list(amounts.values()), **BAR), labels, padding=4)
    axes.invert_yaxis()
    axes.set_xlim(0, max(1.0, *amounts.values()) * 1.2)
    _label(axes, title, x_label, "")


def _times(title: str, times: Mapping[str, Timing], label: str, axes: Axes) -> None:
    """Draw labelled bars of times, with bars from the least to the most."""
    timings = list(times.values())
    longest = max((timing.most for timing in timings), default=1.0)
    unit, name = in_unit(longest)
    medians, errors = [timing.median / unit for timing in timings], _errors(timings, unit)
    axes.barh(list(times), medians, xerr=errors, capsize=4, **BAR)
    for row, timing in enumerate(timings):
        text, place = in_words(timing.median), (timing.most / unit, row)
        axes.annotate(text, place, (8, 0), textcoords="offset points", va="center")
    axes.set_xlim(0, longest / unit * 1.2)
    # From the top, and one bar alone is no thicker than one of three.
    axes.set_ylim(max(len(times), 3) - 0.4, -0.6)
    _label(axes, title, f"{label} ({name})", "")


def _errors(timings: Sequence[Timing], unit: float) -> list[list[float]]:
    below = [(timing.median - timing.least) / unit for timing in timings]
    return [below, [(timing.most - timing.median) / unit for timing in timings]]


def _apart(places: Sequence[float], gap: float) -> list[int]:
    """Return which places on an axis can be named, a share of its length apart, with both ends."""
    gap *= max(places) - min(places)
    chosen = [0]
    for i in range(1, len(places)):
        far = abs(places[-1] - places[i]) >= gap or i == len(places) - 1
        if far and abs(places[i] - places[chosen[-1]]) >= gap:
            chosen.append(i)
    return chosen


def _make_logarithmic(axes: Axes, name: str) -> None:
    """Make the x or y axis logarithmic, with numbers at its ticks that have no exponents."""
    from matplotlib.ticker import LogFormatter

    class Plain(LogFormatter):
        def __call__(self, x: float, pos: int | None = None) -> str:
            # Between powers of ten only where these are few, as the formatter decides.
            if not super().__call__(x, pos):
                return ""
            return f"{x:,.0f}" if x >= 1 else f"{x:g}"

    axes.set(**{f"{name}scale": "log"})
    axis: Axis = getattr(axes, f"{name}axis")
    axis.set_major_formatter(Plain())
    axis.set_minor_formatter(Plain())


def _label(axes: Axes, title: str, x: str, y: str) -> None:
    axes.set(title=title, xlabel=x, ylabel=y)
    axes.grid(alpha=0.3, axis="both" if y else "x")
    axes.set_axisbelow(True)
