"""The job of face_montage.py: one person found in a folder, as frames with the eyes in place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from photomosaic.animation.animation import Animation
from photomosaic.errors import InputError, NoMatchError
from photomosaic.faces.classify import Classifier
from photomosaic.faces.detect import DEFAULT_SMALLEST
from photomosaic.faces.examples import Examples, nothing_readable
from photomosaic.faces.face_library import FaceLibrary, Scan
from photomosaic.faces.learning import learning_search
from photomosaic.faces.moments import one_of_each_second
from photomosaic.faces.montage import write_montage, write_sheets_only
from photomosaic.faces.montage_folder import MontageFolder
from photomosaic.faces.pixels import frames_cut
from photomosaic.faces.search import Finding, Found, search
from photomosaic.files.names import printable
from photomosaic.jobs.montage_choice import choose_frames
from photomosaic.jobs.montage_examples import ExamplesCompared, find_examples
from photomosaic.jobs.montage_film import make_film
from photomosaic.jobs.montage_plan import MontagePlan, plan_montage
from photomosaic.options.montage import FaceMontageOptions
from photomosaic.progress import Work
from photomosaic.wording import counted

# How many faces the sheet of near misses shows, filled up with the next closest.
MOST_NEAR_MISSES = 120
MOST_LEFT_OUT = 240
FEWEST_NEAR_MISSES = 12
CLOSEST_SHOWN = 5


@dataclass(frozen=True)
class FramesKept:
    """Notice of frames that somebody changed since they were made; they stay as they are."""

    folder: Path
    names: tuple[str, ...]


@dataclass(frozen=True)
class MontageResult:
    """What was made, or with --dry-run what would be.

    Attributes
    ----------
    savedir : MontageFolder
    scan : Scan
    found : Found
    shown, left_out : list of Finding
        The frames' findings in their order, and the matches that the options leave out.
    film : Animation or None
    """

    savedir: MontageFolder
    scan: Scan
    found: Found
    shown: list[Finding]
    left_out: list[Finding]
    film: Animation | None = None


def make_montage(options: FaceMontageOptions, work: Work | None = None) -> MontageResult:
    """Find the person's faces and write them.

    Raises
    ------
    InputError
        If the options or folders cannot be used, or do not show who is meant.
    NoMatchError
        If no photo shows the person.
    """
    work = work or Work(options.people.workers)
    with ExitStack() as stack:
        plan = plan_montage(options, stack, work)
        return _make(options, plan, stack, work)


def _make(
    options: FaceMontageOptions, plan: MontagePlan, stack: ExitStack, work: Work
) -> MontageResult:
    smallest, clock = options.faces.min_face_size, work.clock
    with FaceLibrary(options.cache.folder, work, smallest=smallest) as library:
        with clock.stage("examples"):
            targets, others = find_examples(library, options, plan, work)
        with clock.stage("trial"):
            work.notify(ExamplesCompared(targets, others, options.faces.min_confidence))
        with clock.stage("faces"):
            scan = library.scan(plan.photos)
            if options.people.videos:
                scan = library.scan_videos(scan)
            if not scan.photos:
                raise InputError(f"--photos-dir {nothing_readable(scan)}")
    with clock.stage("search"):
        found = _found(scan, (targets, others), plan, options, work)
        if not found.matches:
            raise NoMatchError(_nobody_found(found, scan))
        found = stack.enter_context(_with_pixels(found, work))
        shown, dropped = choose_frames(found.matches, options, plan.mesh, work)
    result = MontageResult(plan.savedir, scan, found, shown, dropped)
    with clock.stage("frames"):
        shown = _write(options, result, work)
    with clock.stage("film"):
        return replace(result, shown=shown, film=make_film(options, plan.savedir.path, work))


def _found(
    scan: Scan,
    examples: tuple[Examples, Examples],
    plan: MontagePlan,
    options: FaceMontageOptions,
    work: Work,
) -> Found:
    """Return what is found, of each second of a video one frame, and the likeliest misses first."""
    look = partial(
        search,
        scan.photos,
        decisions=plan.decisions,
        confidence=options.faces.min_confidence,
        min_face_size=options.faces.min_face_size or DEFAULT_SMALLEST,
        all_faces=options.faces.all_faces,
    )
    if options.faces.learn:
        learned = learning_search(look, scan.photos, *examples)
        work.notify(learned)
        found = learned.found
    else:
        targets, others = examples
        found = look(Classifier(targets.embeddings, others.embeddings))
    found = one_of_each_second(found)
    near = sorted(found.near_misses, key=lambda miss: miss.likeness[1:], reverse=True)
    return replace(found, near_misses=near)


@contextmanager
def _with_pixels(found: Found, work: Work) -> Iterator[Found]:
    """Yield findings with the frames of videos that are shown, until the block ends."""
    near, others = found.near_misses[:MOST_NEAR_MISSES], found.others[:FEWEST_NEAR_MISSES]
    with frames_cut([*found.matches, *near, *others], work) as cut:
        yield replace(
            found,
            matches=[cut(one) for one in found.matches],
            near_misses=[cut(one) for one in found.near_misses],
            others=[cut(one) for one in found.others],
        )


def _write(options: FaceMontageOptions, result: MontageResult, work: Work) -> list[Finding]:
    """Write what was found, and return what is shown of it."""
    found, savedir = result.found, result.savedir
    if savedir.changed:
        work.notify(FramesKept(savedir.path, tuple(savedir.changed)))
    near = [miss.dated() for miss in found.near_misses]
    others = [other.dated() for other in found.others[: max(0, FEWEST_NEAR_MISSES - len(near))]]
    on_sheet = [*result.left_out[:MOST_LEFT_OUT], *near[:MOST_NEAR_MISSES], *others]
    if options.montage.dry_run:
        write_sheets_only(savedir, result.shown, on_sheet, work)
        return result.shown
    rejected = [finding.dated() for finding in found.rejected]
    return write_montage(
        savedir,
        result.shown,
        unframed=[*near, *result.left_out, *rejected],
        near=on_sheet,
        options=options.frames,
        work=work,
    )


def searched(found: Found, scan: Scan) -> str:
    """Return how many photos, faces and videos were searched."""
    photos = f"{counted(found.photos, 'photo')} with {counted(found.faces, 'face')}"
    videos = counted(scan.videos, "video")
    if not scan.videos:
        return photos
    return f"{photos} and {videos}" if found.photos else videos


def _nobody_found(found: Found, scan: Scan) -> str:
    """Return the message if nobody was found: what was searched, and the closest faces."""
    folder = printable(scan.listing.folder)
    text = f"--photos-dir {folder}: {searched(found, scan)} searched, and none is the target's"
    if found.rejected:
        text += f" ({counted(len(found.rejected), 'face')} rejected by you)"
    if scan.unreadable:
        text += f"; {counted(len(scan.unreadable), 'photo')} could not be read"
    candidates = [*found.near_misses, *found.others]
    order = np.argsort([finding.distance for finding in candidates], kind="stable")
    closest = [candidates[i] for i in order[:CLOSEST_SHOWN]]
    if closest:
        text += "; the closest:"
        for finding in closest:
            text += f"\n  {finding.distance:.2f} {printable(finding.photo.file.path)}"
            text += f" {finding.photo.time}" * (finding.photo.sample is not None)
            text += f" ({finding.reason})" if finding.reason else ""
    return text
