"""The lines on a finished mosaic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from photomosaic.files.names import printable
from photomosaic.jobs.mosaic import MosaicResult
from photomosaic.jobs.still import Still
from photomosaic.library.usage import Usage
from photomosaic.wording import counted

if TYPE_CHECKING:
    from photomosaic.jobs.murals import Mural
    from photomosaic.jobs.zoom_film import FilmResult


def mosaic_lines(result: MosaicResult) -> list[str]:
    """Return the lines on a mosaic and what was made besides it."""
    lines = [result_line(result.still)]
    if result.still.limited:
        lines.append(repeats_line(result.still))
    if result.mural is not None:
        lines += _mural_lines(result.mural)
    if result.film is not None:
        lines.append(_film_line(result.film))
    if result.moving is not None:
        # Loaded here, since few runs need it.
        from photomosaic.cli.animation_words import moving_line

        lines.append(moving_line(result.moving))
    return lines


def result_line(still: Still) -> str:
    """Return the line on the mosaic itself."""
    usage = Usage.of(still.assignment, still.codebook)
    height, width = still.size
    times = _times(usage.most_used_count)
    similarity = f"CIEDE2000 {still.score.ciede2000:.2f}"
    if still.score.ssim is not None:
        similarity += f", SSIM {still.score.ssim:.3f}"
    numbers = "" if still.chosen is None else f"; {still.chosen.words} makes the same"
    return (
        f"{printable(still.savepath)}: {width}x{height} pixels, {_tiles(still)},"
        f" {usage.photos:,} of {counted(still.codebook.photo_count, 'photo')} used,"
        f" most often {printable(Path(usage.most_used).name)} ({times}), {similarity}{numbers}"
    )


def _tiles(still: Still) -> str:
    if len(still.assignment.ids.shape) == 2:
        rows, cols = still.assignment.ids.shape
        return f"{cols}x{rows} tiles"
    return counted(len(still.layout), "tile")


def repeats_line(still: Still) -> str:
    """Return the line on how photos repeat."""
    repeats = still.repeats
    line = f"total distance {repeats.total_distance:,.0f}"
    if repeats.gap_percent is not None:
        line += (
            f", at most {repeats.gap_percent:.2f} % above the least possible ({repeats.bound:,.0f})"
        )
    spacing = repeats.smallest_spacing
    apart = "no photo repeats" if spacing is None else f"smallest spacing {spacing:g}"
    used, times = counted(repeats.photos_used, "photo"), _times(repeats.largest_use_count)
    return f"{line}; {used} used, at most {times}; {apart}"


def _mural_lines(mural: Mural) -> list[str]:
    lines = []
    if mural.print and mural.print.sheets:
        count = counted(mural.print.sheets.count, "sheet")
        lines.append(f"{printable(mural.print.sheets_path)}: {count} and a plan")
    if mural.page:
        lines.append(f"{printable(mural.page.folder / 'index.html')}: open it in a browser")
        if mural.page.share:
            lines.append(f"{printable(mural.page.share)}: the same in one file, to send around")
    return lines


def _film_line(film: FilmResult) -> str:
    height, width = film.plan.size
    levels = counted(film.plan.levels, "level")
    return f"{printable(film.path)}: {width}x{height} pixels, {film.seconds:.1f} s, {levels}"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"
