"""A face montage, as the options of a script ask for it."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path

from photomosaic.cli.console import blaming, progress_for
from photomosaic.cli.montage_options import montage_options
from photomosaic.cli.montage_report import no_match_text, tell_of_examples, tell_of_left_out
from photomosaic.cli.settings import listed_photos, tell_of_listing
from photomosaic.errors import InputError, NoMatchError
from photomosaic.faces.classify import Classifier
from photomosaic.faces.detect import DEFAULT_SMALLEST
from photomosaic.faces.examples import Examples, nothing_readable, other_examples, target_examples
from photomosaic.faces.face import embeddings_of
from photomosaic.faces.frames import MontageOptions
from photomosaic.faces.montage import write_montage, write_sheets_only
from photomosaic.faces.moving_in import REVIEW_FOLDER
from photomosaic.faces.order import best_of_each, in_order
from photomosaic.faces.savedir import SaveDir, alone_in, read_savedir
from photomosaic.faces.scan import FaceLibrary, Scan
from photomosaic.faces.search import Finding, Found, left_out, search
from photomosaic.images.listing import Listing, check_holds_photos, list_photos, printable
from photomosaic.progress import StageClock
from photomosaic.wording import counted

log = logging.getLogger(__name__)

# How many faces the sheet of near misses shows, filled up with the next closest.
MOST_NEAR_MISSES = 120
FEWEST_NEAR_MISSES = 12


@dataclass(frozen=True)
class Plan:
    """What a montage is to be made of, checked before any long work.

    Until it is closed, no other run may use its savedir.
    """

    targets: Listing
    others: Listing | None
    photos: Listing
    savedir: SaveDir
    options: MontageOptions
    close: Callable[[], None]


@dataclass(frozen=True)
class Montage:
    """What was made, or with --dry-run what would be: the frames' findings in their order."""

    plan: Plan
    scan: Scan
    found: Found
    shown: list[Finding]
    left_out: list[Finding]


def check_montage(arguments: argparse.Namespace) -> Plan:
    """List the folders, and see that a montage can be saved.

    Raises
    ------
    InputError
        If anything is wrong with the options or a folder.
    """
    options = montage_options(arguments)
    with blaming("--target-face-dir"):
        targets = _listed(arguments.target_face_dir)
    others = None
    if arguments.other_face_dir is not None:
        with blaming("--other-face-dir"):
            others = _listed(arguments.other_face_dir)
            if arguments.other_face_dir.resolve().is_relative_to(
                arguments.target_face_dir.resolve()
            ):
                raise InputError(
                    f"{printable(arguments.other_face_dir)}: is --target-face-dir as well, or lies"
                    " in it; name a folder of other people's photos outside of it"
                )
    with blaming("--photos-dir"):
        photos = listed_photos(arguments, arguments.photos_dir)
    with blaming("--savedir"):
        _check_apart(arguments)
        with ExitStack() as stack:
            stack.enter_context(alone_in(arguments.savedir))
            savedir = read_savedir(arguments.savedir)
            close = stack.pop_all().close
    return Plan(targets, others, photos, savedir, options, close)


def make_montage(arguments: argparse.Namespace, plan: Plan, clock: StageClock) -> Montage:
    """Find the target's faces and write them.

    Raises
    ------
    InputError
        If the folders do not show who is meant.
    NoMatchError
        If no photo shows the target.
    """
    with closing(_library(arguments)) as library:
        with clock.stage("examples"):
            targets, others = _examples(library, plan, verbose=arguments.verbose)
        classifier = Classifier(targets.embeddings, embeddings_of(others.faces))
        with clock.stage("trial"):
            tell_of_examples(targets, others, arguments.min_confidence)
        with clock.stage("faces"):
            scan = library.scan(plan.photos)
            if not scan.photos:
                raise InputError(f"--photos-dir {nothing_readable(scan)}")
    with clock.stage("search"):
        found = search(
            scan.photos,
            classifier,
            plan.savedir.decisions,
            confidence=arguments.min_confidence,
            min_face_size=arguments.min_face_size or DEFAULT_SMALLEST,
            all_faces=arguments.all_faces,
        )
        if not found.matches:
            raise NoMatchError(no_match_text(found, scan))
        shown, dropped = _chosen(found.matches, arguments)
    montage = Montage(plan, scan, found, shown, dropped)
    with clock.stage("frames"):
        return replace(montage, shown=_write(arguments, montage))


def montage_text(montage: Montage, *, dry_run: bool) -> str:
    """Return what is told of a montage."""
    plan, found, shown = montage.plan, montage.found, montage.shown
    size = plan.options.output_size
    dates = sorted(match.when for match in shown if match.when)
    verb = "would be " if dry_run else ""
    text = f"{printable(plan.savedir.path)}: {verb}{counted(len(shown), 'frame')}"
    text += f" of {size}x{size} pixels"
    if dates:
        text += f", {dates[0]:%Y-%m-%d} to {dates[-1]:%Y-%m-%d}"
    undated = len(shown) - len(dates)
    text += f", {undated:,} undated" if undated else ""
    text += f"; {counted(found.photos, 'photo')} with {counted(found.faces, 'face')} searched"
    counts = {
        ("near miss", "near misses"): len(found.near_misses),
        ("rejected", "rejected"): len(found.rejected),
        ("left out", "left out"): len(montage.left_out),
    }
    text += "".join(f", {counted(count, *what)}" for what, count in counts.items() if count)
    review = plan.savedir.path / REVIEW_FOLDER
    return f"{text}\nlook at {printable(review)}; delete frames that are of somebody else"


def _library(arguments: argparse.Namespace) -> FaceLibrary:
    return FaceLibrary(
        None if arguments.no_cache else arguments.cache_dir,
        arguments.workers,
        progress_for(arguments),
        smallest=arguments.min_face_size,
    )


def _listed(folder: Path) -> Listing:
    listing = list_photos(folder)
    check_holds_photos(listing)
    tell_of_listing(listing)
    return listing


def _check_apart(arguments: argparse.Namespace) -> None:
    """Raise `InputError` if the frames would lie among the photos that they are made of."""
    savedir = arguments.savedir.resolve()
    for option in ("photos_dir", "target_face_dir", "other_face_dir"):
        folder = getattr(arguments, option)
        if folder is not None and savedir.is_relative_to(folder.resolve()):
            raise InputError(
                f"{printable(arguments.savedir)}: lies in --{option.replace('_', '-')}; name a"
                " folder outside of it"
            )


def _examples(library: FaceLibrary, plan: Plan, *, verbose: bool) -> tuple[Examples, Examples]:
    with blaming("--target-face-dir"):
        scan = library.scan(plan.targets, "looking at the target")
        targets = target_examples(scan)
    tell_of_left_out(targets, "--target-face-dir", scan, verbose=verbose)
    if plan.others is None:
        return targets, Examples()
    with blaming("--other-face-dir"):
        other_scan = library.scan(plan.others, "looking at the others")
        others = other_examples(other_scan, targets, frozenset(photo.hash for photo in scan.photos))
    tell_of_left_out(others, "--other-face-dir", other_scan, verbose=verbose)
    return targets, others


def _chosen(
    matches: Sequence[Finding], arguments: argparse.Namespace
) -> tuple[list[Finding], list[Finding]]:
    """Return the matches that are shown, in order, and those that the options leave out."""
    dated = [match.dated() for match in matches]
    dropped: list[Finding] = []
    if arguments.undated == "drop":
        dropped = [left_out(match, "undated") for match in dated if match.when is None]
        dated = [match for match in dated if match.when is not None]
        if not dated:
            raise NoMatchError(
                f"--undated drop: {counted(len(matches), 'match', 'matches')}, and of none is it"
                " known when it was taken"
            )
    if arguments.max_per:
        dated, others = best_of_each(dated, arguments.max_per)
        dropped += others
    return in_order(dated, arguments.order, arguments.seed), dropped


def _write(arguments: argparse.Namespace, montage: Montage) -> list[Finding]:
    """Write what was found, and return what is shown of it."""
    found, savedir = montage.found, montage.plan.savedir
    for name in savedir.changed:
        log.warning(
            "%s: was changed since it was made, and is left as it is",
            printable(savedir.path / name),
        )
    near = sorted(found.near_misses, key=lambda miss: miss.likeness[1:], reverse=True)
    near = [miss.dated() for miss in near]
    others = [other.dated() for other in found.others[: max(0, FEWEST_NEAR_MISSES - len(near))]]
    on_sheet = [*near[:MOST_NEAR_MISSES], *others]
    progress = progress_for(arguments)
    if arguments.dry_run:
        write_sheets_only(savedir, montage.shown, on_sheet, arguments.workers, progress)
        return montage.shown
    rejected = [finding.dated() for finding in found.rejected]
    return write_montage(
        savedir,
        montage.shown,
        [*near, *montage.left_out, *rejected],
        on_sheet,
        montage.plan.options,
        arguments.workers,
        progress,
    )
