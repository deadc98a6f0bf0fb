"""Plots of the measurements, readable in grey."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from photomosaic.images.encode import write_picture
from photomosaic.performance.measure import Measurements
from photomosaic.performance.table import Group, groups
from photomosaic.performance.timing import Timing
from photomosaic.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

NAMES = "stages mosaics cells lookup photos formats caching memory video faces".split()
SIZE, DPI, FONT_SIZE = (8.0, 5.0), 120, 12  # 960 by 600 pixels
# In grey, lines differ by their marks and dashes.
COLOURS = "black", "#0072b2", "#d55e00", "#56b4e9", "#7a4a8a", "#009e73"
MARKS, DASHES = "osv^DPX<*>", ("-", "--", ":", "-.")
# Shares of the length of an axis that keep the labels of its ticks apart.
GAP_OF_NUMBERS, GAP_OF_SIZES = 0.06, 0.17
BAR: dict[str, Any] = {"color": "0.72", "edgecolor": "black", "linewidth": 0.8, "capsize": 4}
STAGES = {"resize": "resize (a photo)", "tiles": "tiles of all photos"}


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
    curves = {"stages": _stages, "mosaics": _mosaics, "cells": _cells, "lookup": _lookup}
    if name in curves:
        curves[name](figure, found)
        return
    parts = [group for group in groups(found) if group.plot == name]
    rows = figure.subplots(len(parts), height_ratios=(4, 3)[: len(parts)], squeeze=False)
    for part, (axes,) in zip(parts, rows, strict=True):
        _bars(part, axes)


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
    axes = _curve(figure, [(timing.cells, timing.total) for timing in found.scales])
    _label(axes, "Time of a mosaic", "cells of the grid", "time (ms)")
    # The scales stand above, on an axis of their own.
    above = axes.secondary_xaxis("top")
    places = _apart([math.log(timing.cells) for timing in found.scales], GAP_OF_NUMBERS)
    shown = [found.scales[i] for i in places]
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
    axes = _curve(figure, [(part.tiles, part.seconds) for part in found.lookup])
    title = f"Lookup of {counted(found.lookup[-1].patches, 'patch', 'patches')}"
    _label(axes, title, "tiles in the codebook", "time (ms)")


def _curve(figure: Figure, points: list[tuple[int, Timing]]) -> Axes:
    """Draw milliseconds, with bars from the least to the most."""
    axes, (x, timings) = figure.add_subplot(), zip(*points, strict=True)
    medians, errors = [timing.median * 1000 for timing in timings], _errors(timings, 1e-3)
    axes.errorbar(x, medians, errors, fmt="-ok", capsize=4, markersize=5)
    _make_logarithmic(axes, "x")
    axes.set_ylim(bottom=0)
    return axes


def _bars(group: Group, axes: Axes) -> None:
    """Draw labelled bars, with bars from the least to the most."""
    figures = list(group.figures.values())
    longest = max((figure.most for figure in figures), default=0.0) or 1.0
    unit, name = group.unit(longest)
    errors = _errors(figures, unit)
    medians = [figure.median / unit for figure in figures]
    axes.barh(list(group.figures), medians, xerr=errors if np.any(errors) else None, **BAR)
    for row, figure in enumerate(figures):
        text, place = group.in_words(figure.median), (figure.most / unit, row)
        axes.annotate(text, place, (8, 0), textcoords="offset points", va="center")
    axes.set_xlim(0, longest / unit * 1.2)
    # From the top, and one bar alone is no thicker than one of three.
    axes.set_ylim(max(len(figures), 3) - 0.4, -0.6)
    _label(axes, group.title, f"{group.axis} ({name})", "")


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
