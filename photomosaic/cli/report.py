"""What a run tells of its photos and of the picture that it made."""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Sequence
from pathlib import Path

from photomosaic.cli.still import StillResult
from photomosaic.codebook.codebook import Codebook
from photomosaic.codebook.duplicates import THRESHOLD
from photomosaic.codebook.index import Index
from photomosaic.codebook.usage import Usage
from photomosaic.images.encode import replacing
from photomosaic.images.listing import printable
from photomosaic.matching.repeats import Repeats
from photomosaic.progress import StageClock
from photomosaic.versions import versions
from photomosaic.wording import counted

log = logging.getLogger(__name__)

FEW_PHOTOS = 50
LISTED_AT_MOST = 20
PACKAGES = ("numpy", "opencv-python", "faiss-cpu", "pillow", "scikit-image")


def tell_of_photos(index: Index, codebook: Codebook, arguments: argparse.Namespace) -> None:
    """Log what was found in the folder, and what is short of what the options ask for."""
    log.info("%s", index)
    left_out = len(index.photos) - len(codebook)
    if arguments.crop == "skip":
        log.info("%s of another aspect left out (--crop skip)", counted(left_out, "photo"))
    if len(codebook) < FEW_PHOTOS:
        log.warning(
            "only %s; from %d on pictures become recognisable",
            counted(len(codebook), "photo"),
            FEW_PHOTOS,
        )
    if codebook.groups is not None:
        different = int(codebook.groups.max()) + 1
        log.info(
            "%s of others (correlation above %g), which leaves %s",
            counted(len(codebook) - different, "near-duplicate"),
            THRESHOLD,
            counted(different, "different photo"),
        )
    if arguments.best_k > len(codebook):
        log.warning("--best-k: there are no more photos than %d, so that is k", len(codebook))


def tell_of_unreadable(unreadable: Sequence[tuple[str, str]], *, verbose: bool) -> None:
    """List the photos that could not be read, each a path and a reason."""
    if unreadable:
        head = f"{counted(len(unreadable), 'photo')} could not be read:"
        log.warning("%s", "\n".join([head, *listed(unreadable, verbose=verbose)]))


def listed(photos: Sequence[tuple[str, str]], *, verbose: bool) -> list[str]:
    """Return lines on photos, each a path and a reason; without `verbose` not on all of many."""
    shown = photos if verbose else photos[:LISTED_AT_MOST]
    lines = [f"  {printable(path)}: {reason}" for path, reason in shown]
    more = len(photos) - len(shown)
    return [*lines, f"  and {more:,} more; --verbose lists them all"] if more else lines


def result_line(result: StillResult) -> str:
    """Return the line that tells of a mosaic."""
    usage = Usage.of(result.assignment, result.codebook)
    height, width = result.size
    rows, cols = result.assignment.ids.shape
    times = _times(usage.most_used_count)
    likeness = f"CIEDE2000 {result.score.ciede2000:.2f}"
    if result.score.ssim is not None:
        likeness += f", SSIM {result.score.ssim:.3f}"
    return (
        f"{printable(result.savepath)}: {width}x{height} pixels, {cols}x{rows} tiles,"
        f" {usage.photos:,} of {counted(len(result.codebook), 'photo')} used,"
        f" most often {printable(Path(usage.most_used).name)} ({times}), {likeness}"
    )


def repeats_line(result: StillResult) -> str:
    """Return the line that tells how photos repeat, or nothing if nobody limited that."""
    repeats = Repeats.of(result.assignment, result.groups)
    if not result.limited:
        return ""
    line = f"total distance {repeats.total_distance:,.0f}"
    if repeats.gap_percent is not None:
        line += (
            f", at most {repeats.gap_percent:.2f} % above the least possible ({repeats.bound:,.0f})"
        )
    spacing = repeats.smallest_spacing
    apart = "no photo repeats" if spacing is None else f"smallest spacing {spacing}"
    used, times = counted(repeats.photos_used, "photo"), _times(repeats.largest_use_count)
    return f"{line}; {used} used, at most {times}; {apart}"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"


def _repeats_report(result: StillResult) -> dict[str, object]:
    repeats, groups = Repeats.of(result.assignment, result.groups), result.groups
    return {
        "total_distance": repeats.total_distance,
        "bound": repeats.bound,
        "gap_percent": repeats.gap_percent,
        "photos_used": repeats.photos_used,
        "largest_use_count": repeats.largest_use_count,
        "smallest_spacing": repeats.smallest_spacing,
        "near_duplicates_threshold": None if groups is None else THRESHOLD,
        "different_photos": None if groups is None else int(groups.max()) + 1,
    }


def write_report(
    path: Path, arguments: argparse.Namespace, result: StillResult, clock: StageClock
) -> None:
    """Write the figures, settings, versions and stage times of a run as JSON."""
    index = result.index
    usage = Usage.of(result.assignment, result.codebook)
    settings = {
        name: printable(value) if isinstance(value, Path) else value
        for name, value in sorted(vars(arguments).items())
        if name != "project_read"
    }
    report = {
        "mosaic": {
            "path": printable(result.savepath),
            "width": result.size[1],
            "height": result.size[0],
            "cols": result.assignment.ids.shape[1],
            "rows": result.assignment.ids.shape[0],
            "ciede2000": result.score.ciede2000,
            "ssim": result.score.ssim,
        },
        "photos": {
            "available": len(result.codebook),
            "used": usage.photos,
            "most_used": printable(usage.most_used),
            "most_used_count": usage.most_used_count,
            "from_cache": index.cached,
            "new": index.new,
            "removed": index.removed,
            "duplicates": index.duplicates,
            "unreadable": [
                {"path": printable(path), "reason": reason} for path, reason in index.unreadable
            ],
        },
        "repeats": _repeats_report(result),
        "settings": settings,
        "versions": versions(PACKAGES),
        "seconds": {stage: round(seconds, 6) for stage, seconds in clock.seconds.items()},
    }
    with replacing(path) as file:
        file.write((json.dumps(report, indent=2) + "\n").encode())
