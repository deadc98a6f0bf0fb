"""What a run tells of the faces that it looked for and found."""

from __future__ import annotations

import logging

import numpy as np

from photomosaic.cli.report import listed
from photomosaic.faces.classify import Classifier, Trial, cross_validated, people
from photomosaic.faces.examples import Examples
from photomosaic.faces.face import embeddings_of
from photomosaic.faces.scan import Scan
from photomosaic.faces.search import Found
from photomosaic.images.listing import printable
from photomosaic.wording import counted

log = logging.getLogger(__name__)

ENOUGH_POSITIVES = 10
ENOUGH_PEOPLE = 15
FEW_FOUND = 0.9
CLOSEST_TOLD = 5


def tell_of_left_out(examples: Examples, option: str, scan: Scan, *, verbose: bool) -> None:
    """List the examples that are not used, with their reasons."""
    left_out = examples.left_out + scan.unreadable
    if left_out:
        head = f"{option}: {counted(len(left_out), 'photo')} left out:"
        log.warning("%s", "\n".join([head, *listed(left_out, verbose=verbose)]))


def tell_of_examples(targets: Examples, others: Examples, confidence: float) -> None:
    """Log how well the target is told from others, and what would help."""
    positives, negatives = targets.embeddings, embeddings_of(others.faces)
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
            "%s, likeness alone decides, and --min-confidence does not count; three photos of the"
            " target and many of other people tell them apart better",
            "with so few photos of the target" if number else "without --other-face-dir",
        )
    else:
        _tell_of_trial(cross_validated(positives, negatives, confidence))
    if len(positives) < ENOUGH_POSITIVES:
        log.warning(
            "--target-face-dir: only %s; %d or more, of all ages, find more",
            counted(len(positives), "usable photo"),
            ENOUGH_POSITIVES,
        )
    if 0 < number < ENOUGH_PEOPLE:
        log.warning(
            "--other-face-dir: shows about %s only; with %d or more, fewer strangers are taken in",
            "one person" if number == 1 else f"{number} people",
            ENOUGH_PEOPLE,
        )


def _tell_of_trial(trial: Trial) -> None:
    log.info(
        "tried on examples left out in turn: %d of %d of the target found, %d of %d others taken"
        " for it (%.1f %%)",
        trial.found,
        trial.positives,
        trial.false,
        trial.negatives,
        100 * trial.false / trial.negatives,
    )
    if trial.found < FEW_FOUND * trial.positives:
        log.warning(
            "many photos of the target may be missed; give more examples of the target and of"
            " others, or a lower --min-confidence"
        )


def no_match_text(found: Found, scan: Scan) -> str:
    """Return what is told where nothing was found: what was searched, and the closest faces."""
    folder = printable(scan.listing.folder)
    text = f"--photos-dir {folder}: {counted(found.photos, 'photo')} with"
    text += f" {counted(found.faces, 'face')} searched, and none is the target's"
    if found.rejected:
        text += f" ({counted(len(found.rejected), 'face')} rejected by you)"
    if scan.unreadable:
        text += f"; {counted(len(scan.unreadable), 'photo')} could not be read"
    candidates = [*found.near_misses, *found.others]
    order = np.argsort([finding.distance for finding in candidates], kind="stable")
    closest = [candidates[i] for i in order[:CLOSEST_TOLD]]
    if closest:
        text += "; the closest:"
        for finding in closest:
            text += f"\n  {finding.distance:.2f} {printable(finding.photo.file.path)}"
            text += f" ({finding.reason})" if finding.reason else ""
    return text
