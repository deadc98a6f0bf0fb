"""Photos searched for the target's face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from photomosaic.dates.date_values import PhotoDate
from photomosaic.dates.dates import FILE_TIME, best_date, file_time
from photomosaic.faces.classify import (
    MOST_DISTANCE,
    MOST_DISTANCE_ALONE,
    NEAR_CONFIDENCE,
    NEAR_DISTANCE,
    Classifier,
    Judgement,
)
from photomosaic.faces.decisions import Decisions
from photomosaic.faces.face import Face, Points, embeddings_of
from photomosaic.faces.face_library import ScannedPhoto
from photomosaic.faces.figures import Figures
from photomosaic.faces.montage_list import ACCEPTED, LEFT_OUT, MATCH, NEAR_MISS, REJECTED

# A face that is an example itself is the target's, however it looks beside the others.
_NO_DISTANCE = 1e-4
IMPROBABLE = "probability"
"""How the reason begins why a face is not probable enough."""


@dataclass(frozen=True, eq=False)
class Finding:
    """A face of the searched photos, and how it was judged.

    Attributes
    ----------
    photo : ScannedPhoto
    face : Face
    probability : float or None
        That it is the target; None where distance alone decides.
    distance : float
        To the nearest example of the target.
    status, reason : str
        As in `montage_list.Row`; empty if it is neither a match nor a near miss.
    date : PhotoDate or None
        When the photo was taken, or failing that the file's time; None until it is asked for.
    figures : Figures or None
        How good the face is for a frame; None until it is measured.
    placed : Points or None
        The places in the photo that people want to see where the eyes belong; None if they left
        the frame as it is.
    """

    photo: ScannedPhoto
    face: Face
    probability: float | None
    distance: float
    status: str = ""
    reason: str = ""
    date: PhotoDate | None = None
    figures: Figures | None = None
    placed: Points | None = None

    @property
    def eyes(self) -> Points:
        """The places in the photo that are shown where the eyes belong."""
        return self.face.eyes if self.placed is None else self.placed

    @property
    def likeness(self) -> tuple[bool, float, float]:
        """Sort key: the largest is the likeliest to be the target."""
        return self.status == ACCEPTED, self.probability or 0.0, -self.distance

    @property
    def when(self) -> datetime | None:
        """When the photo was taken; None if only the file's time is known."""
        if self.date is None or self.date.source == FILE_TIME:
            return None
        return self.date.when

    def dated(self) -> Finding:
        """Return the same with its date."""
        embedded = self.photo.found.dates
        date = best_date(self.photo.file.path, embedded) or file_time(self.photo.file.mtime_ns)
        when = date.when + timedelta(seconds=self.photo.seconds)
        return replace(self, date=replace(date, when=when))


@dataclass(frozen=True)
class Found:
    """What a search found, each in the order of the photos.

    Attributes
    ----------
    photos, faces : int
        How many were searched, videos aside.
    matches : list of Finding
    near_misses : list of Finding
    rejected : list of Finding
        Faces that people had rejected.
    others : list of Finding
        All other faces, the closest first.
    """

    photos: int
    faces: int
    matches: list[Finding]
    near_misses: list[Finding]
    rejected: list[Finding]
    others: list[Finding]


def search(
    photos: Sequence[ScannedPhoto],
    classifier: Classifier,
    decisions: Decisions,
    *,
    confidence: float,
    min_face_size: int,
    all_faces: bool,
) -> Found:
    """Search photos for the target, except those that this toolkit made.

    Parameters
    ----------
    photos : sequence of ScannedPhoto
    classifier : Classifier
    decisions : Decisions
    confidence : float
        Probability from which a face is a match.
    min_face_size : int
        Width of the box, in pixels, below which a face is no match.
    all_faces : bool
        Whether to use all matching faces of a photo, not just the likeliest.
    """
    photos = [photo for photo in photos if not photo.found.own_output]
    pairs = [(photo, face) for photo in photos for face in photo.faces]
    judgement = classifier.judge(embeddings_of([face for _, face in pairs]))
    findings = [
        _decided(_finding(pair, judgement, i), decisions, confidence, min_face_size)
        for i, pair in enumerate(pairs)
    ]
    if not all_faces:
        findings = _one_for_each_photo(findings)
    others = [finding for finding in findings if not finding.status]
    return Found(
        photos=sum(photo.sample is None for photo in photos),
        faces=sum(photo.sample is None for photo, _ in pairs),
        matches=[finding for finding in findings if finding.status in (MATCH, ACCEPTED)],
        near_misses=[finding for finding in findings if finding.status == NEAR_MISS],
        rejected=[finding for finding in findings if finding.status == REJECTED],
        others=sorted(others, key=lambda finding: finding.distance),
    )


def left_out(finding: Finding, reason: str) -> Finding:
    """Return a match that is left out because of the options."""
    return replace(finding, status=LEFT_OUT, reason=reason)


def _finding(pair: tuple[ScannedPhoto, Face], judgement: Judgement, i: int) -> Finding:
    probabilities = judgement.probabilities
    probability = None if probabilities is None else float(probabilities[i])
    return Finding(*pair, probability, float(judgement.distances[i]))


def _decided(
    finding: Finding, decisions: Decisions, confidence: float, min_face_size: int
) -> Finding:
    decision, reason = decisions.of(finding.photo, finding.face)
    finding = replace(finding, placed=decisions.eyes_of(finding.photo, finding.face))
    if decision:
        return replace(finding, status=decision, reason=reason)
    is_example = finding.distance < _NO_DISTANCE
    problems = [] if is_example else _problems(finding, confidence, min_face_size)
    if not problems:
        return replace(finding, status=MATCH)
    status = NEAR_MISS if _is_near(finding) else ""
    return replace(finding, status=status, reason="; ".join(problems))


def _problems(finding: Finding, confidence: float, min_face_size: int) -> list[str]:
    """Return the reasons why a face is no match."""
    alone = finding.probability is None
    most = MOST_DISTANCE_ALONE if alone else MOST_DISTANCE
    problems = []
    if finding.probability is not None and finding.probability < confidence:
        problems.append(f"{IMPROBABLE} {_rounded_down(finding.probability)}, below {confidence:g}")
    if finding.distance >= most:
        problems.append(f"distance {finding.distance:.2f}, not below {most:g}")
    if finding.face.size < min_face_size:
        problems.append(f"face of {finding.face.size:.0f} pixels, below {min_face_size}")
    return problems


def _is_near(finding: Finding) -> bool:
    if finding.probability is not None and finding.probability >= NEAR_CONFIDENCE:
        return finding.distance < NEAR_DISTANCE
    return finding.distance < MOST_DISTANCE


def _one_for_each_photo(findings: Sequence[Finding]) -> list[Finding]:
    best: dict[bytes, Finding] = {}
    for finding in findings:
        key = finding.photo.hash
        if finding.status in (MATCH, ACCEPTED) and (
            key not in best or finding.likeness > best[key].likeness
        ):
            best[key] = finding
    return [
        replace(finding, status=NEAR_MISS, reason="another face is likelier")
        if finding.status in (MATCH, ACCEPTED) and finding is not best[finding.photo.hash]
        else finding
        for finding in findings
    ]


def as_probability(finding: Finding) -> str:
    """Return a finding's probability for a name or a caption, or its distance if it has none."""
    if finding.probability is None:
        return f"d{finding.distance:.2f}"
    return f"p{_rounded_down(finding.probability)}"


def _rounded_down(probability: float) -> str:
    # Not up: what is below the limit must not look as if it were not.
    return f"{np.floor(probability * 100) / 100:.2f}"
