"""What happens in a face montage, put into words."""

from __future__ import annotations

import logging

from photomosaic.cli.animation_words import animation_line
from photomosaic.cli.words import listed, log_notice
from photomosaic.faces.classify import Classifier, Trial, cross_validated, people
from photomosaic.faces.face import embeddings_of
from photomosaic.faces.face_library import SearchedAgain
from photomosaic.faces.learning import Learned
from photomosaic.faces.transaction import PLACING_PAGE, REVIEW_FOLDER
from photomosaic.files.names import printable
from photomosaic.jobs.montage import FramesKept, MontageResult, searched
from photomosaic.jobs.montage_examples import ExamplesCompared, ExamplesFound
from photomosaic.options.montage import FaceMontageOptions
from photomosaic.wording import counted

log = logging.getLogger(__name__)

ENOUGH_POSITIVES = 10
ENOUGH_PEOPLE = 15
FEW_FOUND = 0.9


@log_notice.register
def _(notice: ExamplesFound) -> None:
    left_out = notice.examples.left_out + notice.scan.unreadable
    if left_out:
        head = f"{notice.option}: {counted(len(left_out), 'photo')} left out:"
        lines = listed(left_out, verbose=log.isEnabledFor(logging.DEBUG))
        log.warning("%s", "\n".join([head, *lines]))


@log_notice.register
def _(notice: FramesKept) -> None:
    for name in notice.names:
        log.warning(
            "%s: was changed since it was made, and stays as it is", printable(notice.folder / name)
        )


@log_notice.register
def _(notice: SearchedAgain) -> None:
    log.info(
        "%s of an earlier search, by another method or for another size, searched again: about %s",
        counted(notice.photos, "photo"),
        _in_minutes(notice.seconds),
    )


@log_notice.register
def _(notice: Learned) -> None:
    if notice.examples:
        log.info(
            "searched again with %s as further examples; montage.csv tells which (--no-learn leaves"
            " this out)",
            counted(notice.examples, "sure find"),
        )


def _in_minutes(seconds: float) -> str:
    return counted(max(1, round(seconds / 60)), "minute")


@log_notice.register
def _(notice: ExamplesCompared) -> None:
    positives = notice.targets.embeddings
    negatives = embeddings_of(notice.others.faces)
    number = int(people(negatives).max(initial=-1)) + 1
    log.info(
        "%s of the target, %s",
        counted(len(positives), "example"),
        f"{counted(len(negatives), 'face')} of about {counted(number, 'other')}"
        if number
        else "no others",
    )
    if Classifier(positives, negatives).by_distance_alone:
        log.warning(
            "%s, similarity alone decides, and --min-confidence has no effect; three photos of the"
            " target and many of other people tell them apart better",
            "with so few photos of the target" if number else "without --other-face-dir",
        )
    else:
        _log_trial(cross_validated(positives, negatives, notice.confidence))
    if len(positives) < ENOUGH_POSITIVES:
        log.warning(
            "--target-face-dir: only %s; %d or more, of all ages, find more",
            counted(len(positives), "usable photo"),
            ENOUGH_POSITIVES,
        )
    if 0 < number < ENOUGH_PEOPLE:
        log.warning(
            "--other-face-dir: shows about %s only; with %d or more, fewer strangers are taken for"
            " the target",
            "one person" if number == 1 else f"{number} people",
            ENOUGH_PEOPLE,
        )


def _log_trial(trial: Trial) -> None:
    log.info(
        "tried on examples left out in turn: %d of %d of the target found, %d of %d others taken"
        " for it (%.1f %%)",
        *(trial.found, trial.positives, trial.false, trial.negatives),
        100 * trial.false / trial.negatives,
    )
    if trial.found < FEW_FOUND * trial.positives:
        log.warning(
            "many photos of the target may be missed; give more examples of the target and of"
            " others, or a lower --min-confidence"
        )


def montage_lines(result: MontageResult, options: FaceMontageOptions) -> list[str]:
    """Return the lines on a finished montage, or with --dry-run on the one that would be."""
    found, shown, (height, width) = result.found, result.shown, options.frames.shape
    dates = sorted(match.when for match in shown if match.when)
    verb = "would be " if options.montage.dry_run else ""
    text = f"{printable(result.savedir.path)}: {verb}{counted(len(shown), 'frame')}"
    text += f" of {width}x{height} pixels"
    if dates:
        text += f", {dates[0]:%Y-%m-%d} to {dates[-1]:%Y-%m-%d}"
    undated = len(shown) - len(dates)
    text += f", {undated:,} undated" if undated else ""
    placed = sum(match.placed is not None for match in shown)
    text += f", {placed:,} placed by hand" if placed else ""
    text += f"; {searched(found, result.scan)} searched"
    counts = {
        ("near miss", "near misses"): len(found.near_misses),
        ("rejected", "rejected"): len(found.rejected),
        ("left out", "left out"): len(result.left_out),
    }
    text += "".join(f", {counted(count, *what)}" for what, count in counts.items() if count)
    review = printable(result.savedir.path / REVIEW_FOLDER)
    film = [animation_line(result.film)] if result.film else []
    page = f"; place them by hand on {PLACING_PAGE} there" * (not options.montage.dry_run)
    return [text, *film, f"look at {review}; delete frames that are of somebody else{page}"]
