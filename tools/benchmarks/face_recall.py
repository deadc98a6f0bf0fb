"""Who is found: how many photos of the target, and how many of others are taken for it."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from photomosaic.faces.classify import DEFAULT_CONFIDENCE, Classifier
from photomosaic.faces.decisions import Decisions
from photomosaic.faces.detect import DEFAULT_SMALLEST
from photomosaic.faces.examples import Examples, other_examples, target_examples
from photomosaic.faces.face_library import Scan, ScannedPhoto
from photomosaic.faces.learning import learning_search
from photomosaic.faces.search import Found, search
from photomosaic.images.listing import Listing
from tools.benchmarks.face_photos import scanned

DRAWS = 8


@dataclass
class Tally:
    """Decisions about photos of the target and about those of others."""

    hits: int = 0
    targets: int = 0
    false: int = 0
    strangers: int = 0

    def add(self, other: Tally) -> None:
        """Count another's decisions as well."""
        self.hits += other.hits
        self.targets += other.targets
        self.false += other.false
        self.strangers += other.strangers

    def __str__(self) -> str:
        """Tell the rates with their counts, and the false rate's 95 % interval (Wilson)."""
        low, high = wilson(self.false, self.strangers)
        taken = self.hits + self.false
        return (
            f"recall {self.hits / self.targets:.4f} ({self.hits}/{self.targets}),"
            f" precision {self.hits / taken if taken else 1:.4f} ({self.hits}/{taken}),"
            f" false {self.false / self.strangers:.3%} ({self.false}/{self.strangers},"
            f" 95 % from {low:.3%} to {high:.3%})"
        )


def wilson(count: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """Return Wilson's score interval of a share."""
    share, square = count / total, z * z / total
    middle = (share + square / 2) / (1 + square)
    half = z / (1 + square) * math.sqrt(share * (1 - share) / total + square / 4 / total)
    return max(0.0, middle - half), middle + half


def searched(
    photos: Sequence[ScannedPhoto], targets: Examples, others: Examples, *, learn: bool
) -> Found:
    """Search photos as `face_montage.py` does, with or without learning."""
    look = partial(
        search,
        photos,
        decisions=Decisions(),
        confidence=DEFAULT_CONFIDENCE,
        min_face_size=DEFAULT_SMALLEST,
        all_faces=False,
    )
    if learn:
        return learning_search(look, photos, targets, others).found
    return look(Classifier(targets.embeddings, others.embeddings))


def tried(
    target: Sequence[ScannedPhoto],
    others: Sequence[ScannedPhoto],
    hidden: Sequence[ScannedPhoto],
    strangers: list[ScannedPhoto],
    *,
    learn: bool = False,
) -> Tally:
    """Search photos of a target and of strangers, given photos of the target and of others."""
    targets = target_examples(Scan(Listing("target"), target))
    negatives = other_examples(Scan(Listing("others"), others), targets, frozenset())
    found = searched([*hidden, *strangers], targets, negatives, learn=learn)
    matched = {match.photo.hash for match in found.matches}
    hits = sum(photo.hash in matched for photo in hidden)
    faces = sum(len(photo.faces) for photo in strangers)
    return Tally(hits, len(hidden), len(matched) - hits, faces)


def identification(
    people: dict[str, list[ScannedPhoto]],
    positives: int,
    known: int | None,
    *,
    learn: bool = False,
    targets: Collection[str] | None = None,
) -> Tally:
    """Take each person with ten or more photos as the target in turn, in several draws.

    `known` is the number of people among the negatives, with 2 to 4 photos each; None means all
    others, with 2 photos each, of whom the rest is searched. `targets` are all people unless given.
    """
    tally = Tally()
    often = [name for name, photos in people.items() if len(photos) >= 10]
    for person in often if targets is None else targets:
        for draw in range(DRAWS):
            rng = np.random.default_rng([draw, int(person[1:]), positives])
            mine = [people[person][i] for i in rng.permutation(len(people[person]))]
            names = [name for name in people if name != person]
            shown = names if known is None else sorted(rng.choice(names, known, replace=False))
            negatives, strangers = [], []
            for name in names:
                theirs = [people[name][i] for i in rng.permutation(len(people[name]))]
                count = 2 if known is None else int(rng.integers(2, 5))
                if name in shown:
                    negatives += theirs[:count]
                if known is None:
                    strangers += theirs[count:]
                elif name not in shown:
                    strangers += theirs
            hidden = mine[positives:]
            tally.add(tried(mine[:positives], negatives, hidden, strangers, learn=learn))
    return tally


def who_is_found(people: dict[str, list[ScannedPhoto]]) -> Iterator[str]:
    """Tell how many of the target's photos are found, and how many of others are taken for it."""
    yield f"Caltech, {DRAWS} draws for each of the people with 10 photos or more"
    all_known, five_known = identification(people, 5, None), identification(people, 5, 5)
    yield f"  5 positives, 2 photos of all others (bar: recall .98, precision .99): {all_known}"
    yield f"  5 positives, 5 people known (bar: recall .98, false at most .5 %): {five_known}"
    for positives in (1, 2, 3, 5, 8):
        for known in (3, 5, 10):
            tally = identification(people, positives, known)
            yield f"  {positives} positives, {known} others: {tally}"


def press_photos(data: Path, scratch: Path, workers: int, *, learn: bool = False) -> Iterator[str]:
    """Tell who is found in press photos, the crops being the target folder."""
    folders = {path.name: path for path in sorted((data / "people").iterdir())}
    scans = {name: scanned(path, scratch / "press", workers) for name, path in folders.items()}
    for name in folders:
        crops = scanned(data / "people_cropped" / name, scratch / "press", workers)
        targets = target_examples(crops)
        others = [other for other in folders if other != name]
        negatives = scanned(data / "others_small", scratch / "press", workers)
        examples = other_examples(negatives, targets, frozenset())
        everything = [photo for scan in scans.values() for photo in scan.photos]
        found = searched(everything, targets, examples, learn=learn)
        hashes = {photo.hash for photo in scans[name].photos}
        matched = [match for match in found.matches if match.photo.hash in hashes]
        false = [match for match in found.matches if match.photo.hash not in hashes]
        photos = scans[name].photos
        faceless = sum(not photo.faces for photo in photos)
        yield (
            f"{name}: {len(targets.faces)} of {len(crops.photos)} crops used; found in"
            f" {len(matched)} of {len(photos)} photos ({faceless} without any face found);"
            f" {len(false)} photos of {', '.join(others)} taken for it"
        )
        missed = hashes - {match.photo.hash for match in found.matches}
        for photo in photos:
            if photo.hash in missed:
                best = min(
                    (f for f in (*found.near_misses, *found.others) if f.photo is photo),
                    key=lambda finding: finding.distance,
                    default=None,
                )
                reason = best.reason if best else "no face"
                yield f"  missed {Path(photo.file.path).name}: {reason}"
        for match in false:
            yield f"  false {match.photo.file.path}: d {match.distance:.2f}, p {match.probability}"
