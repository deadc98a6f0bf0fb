"""Measure face montages: who is found, how well the eyes lie, how fast faces are read.

The data folder holds `caltech` with `caltech_identities.csv`, `people` and `people_cropped`.
"""

from __future__ import annotations

import argparse
import csv
import logging
import math
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT), str(PROJECT / "benchmarks")]

from still import run_measured  # noqa: E402

from photomosaic.faces.align import aligned, eye_marks, eyes_to_marks  # noqa: E402
from photomosaic.faces.classify import DEFAULT_CONFIDENCE, Classifier  # noqa: E402
from photomosaic.faces.detect import FaceFinder  # noqa: E402
from photomosaic.faces.examples import other_examples, target_examples  # noqa: E402
from photomosaic.faces.montage_list import MATCH, read_list  # noqa: E402
from photomosaic.faces.scan import FaceLibrary, Photo, Scan  # noqa: E402
from photomosaic.faces.search import Decisions, search  # noqa: E402
from photomosaic.faces.weights import find_weights  # noqa: E402
from photomosaic.images.decode import read_target  # noqa: E402
from photomosaic.images.listing import Listing, list_photos  # noqa: E402

DRAWS = 8
SIDE, CLOSENESS = 800, 0.4
# The distance between the eyes, in pixels of a frame, which errors are brought to.
EYE_DISTANCE = (1 - 2 * CLOSENESS) * SIDE


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


def scanned(folder: Path, cache: Path | None, workers: int) -> Scan:
    """Return the faces of a folder."""
    library = FaceLibrary(cache, workers)
    try:
        return library.scan(list_photos(folder))
    finally:
        library.close()


def people_of(data: Path, cache: Path, workers: int) -> dict[str, list[Photo]]:
    """Return the photos of each person of the Caltech set."""
    photos = {Path(p.file.path).name: p for p in scanned(data / "caltech", cache, workers).photos}
    people: dict[str, list[Photo]] = {}
    with (data / "caltech_identities.csv").open() as file:
        for row in csv.DictReader(file):
            people.setdefault(row["person"], []).append(photos[row["file"]])
    return people


def tried(
    target: Sequence[Photo],
    others: Sequence[Photo],
    hidden: Sequence[Photo],
    strangers: list[Photo],
) -> Tally:
    """Search photos of a target and of strangers, given photos of the target and of others."""
    targets = target_examples(Scan(Listing("target"), target))
    negatives = other_examples(Scan(Listing("others"), others), targets, frozenset())
    classifier = Classifier(targets.embeddings, negatives.embeddings)
    found = search(
        [*hidden, *strangers],
        classifier,
        Decisions(),
        confidence=DEFAULT_CONFIDENCE,
        min_face_size=30,
        all_faces=False,
    )
    matched = {match.photo.hash for match in found.matches}
    hits = sum(photo.hash in matched for photo in hidden)
    faces = sum(len(photo.faces) for photo in strangers)
    return Tally(hits, len(hidden), len(matched) - hits, faces)


def identification(people: dict[str, list[Photo]], positives: int, known: int | None) -> Tally:
    """Take each person with ten or more photos as the target in turn, in several draws.

    `known` is the number of people among the negatives, with 2 to 4 photos each; None means all
    others, with 2 photos each, of whom the rest is searched.
    """
    tally = Tally()
    for person in (name for name, photos in people.items() if len(photos) >= 10):
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
            tally.add(tried(mine[:positives], negatives, mine[positives:], strangers))
    return tally


def who_is_found(people: dict[str, list[Photo]]) -> Iterator[str]:
    """Tell how many of the target's photos are found, and how many of others are taken for it."""
    yield f"Caltech, {DRAWS} draws for each of the people with 10 photos or more"
    all_known, five_known = identification(people, 5, None), identification(people, 5, 5)
    yield f"  5 positives, 2 photos of all others (bar: recall .98, precision .99): {all_known}"
    yield f"  5 positives, 5 people known (bar: recall .98, false at most .5 %): {five_known}"
    for positives in (1, 2, 3, 5, 8):
        for known in (3, 5, 10):
            tally = identification(people, positives, known)
            yield f"  {positives} positives, {known} others: {tally}"


def eye_errors(photos: Sequence[Photo], finder: FaceFinder) -> list[float]:
    """Return how far from their marks the eyes are found again on the frames."""
    marks, errors = eye_marks(SIDE, CLOSENESS), []
    for photo in photos:
        face = max(photo.faces, key=lambda face: face.size)
        picture = read_target(Path(photo.file.path))
        frame = aligned(picture, eyes_to_marks(face.eyes, marks), SIDE, "blur")
        found = finder.find(frame)
        if found:
            again = max(found, key=lambda face: face.size)
            errors += np.hypot(*(again.eyes - marks).T).tolist()
    return errors


def transform_errors(photos: Sequence[Photo], finder: FaceFinder) -> list[float]:
    """Return how far the eyes are from where turning and resizing a photo takes them."""
    rng, errors = np.random.default_rng(0), []
    for photo in photos:
        picture = read_target(Path(photo.file.path))
        height, width = picture.shape[:2]
        face = max(photo.faces, key=lambda face: face.size)
        scale = float(rng.uniform(0.6, 1.2))
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-15, 15), scale)
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        turned = cv2.warpAffine(
            picture, turn, (width, height), flags=way, borderMode=cv2.BORDER_REPLICATE
        )
        found = finder.find(turned)
        if not found:
            continue
        again = max(found, key=lambda face: face.size)
        expected = face.eyes[:, ::-1] @ turn[:, :2].T + turn[:, 2]
        far = np.hypot(*(again.eyes[:, ::-1] - expected).T)
        errors += (far * EYE_DISTANCE / (face.eye_distance * scale)).tolist()
    return errors


def how_well_aligned(people: dict[str, list[Photo]]) -> Iterator[str]:
    """Tell how well the eyes lie in frames of 800 pixels."""
    finder = FaceFinder(find_weights())
    photos = [photo for theirs in people.values() for photo in theirs if photo.faces]
    errors = np.array(eye_errors(photos, finder))
    yield (
        f"eyes found again on {len(errors) // 2} frames of {SIDE} pixels: median"
        f" {np.median(errors):.2f}, 95 % {np.percentile(errors, 95):.2f},"
        f" largest {errors.max():.1f} (bar: 1.0, 2.5)"
    )
    errors = np.array(transform_errors(photos, finder))
    yield (
        f"eyes of {len(errors) // 2} photos turned and resized: median {np.median(errors):.2f},"
        f" 90 % {np.percentile(errors, 90):.2f} (bar: 0.6, 1.2)"
    )


def how_fast(data: Path, scratch: Path) -> Iterator[str]:
    """Tell how fast faces are read by one process and by two, and from the cache."""
    folder = scratch / "twice"
    folder.mkdir()
    for i, photo in enumerate(sorted((data / "caltech").iterdir()) * 2):
        # Another content for the same picture.
        (folder / f"{i:03d}.jpg").write_bytes(photo.read_bytes() + bytes([i // 162]))
    seconds: dict[int, float] = {}
    again = math.inf
    for workers in (1, 2, 1, 2):
        cache = scratch / f"speed-{workers}"
        shutil.rmtree(cache, ignore_errors=True)
        start = time.perf_counter()
        photos = len(scanned(folder, cache, workers).photos)
        elapsed = time.perf_counter() - start
        seconds[workers] = min(seconds.get(workers, math.inf), elapsed)
        start = time.perf_counter()
        scanned(folder, cache, workers)
        again = min(again, time.perf_counter() - start)
    one, two = seconds[1], seconds[2]
    yield f"{photos} photos of 0.5 MP: 1 worker {one:.1f} s, 2 workers {two:.1f} s"
    yield f"  {one / two:.2f} times as fast (bar: 1.7)"
    yield f"  from the cache {again * 1000:.1f} ms, {two / again:.0f} times as fast (bar: 50)"
    for name in ("image_0001.jpg", "image_0003.jpg", "image_0005.jpg", "image_0007.jpg"):
        (scratch / "target").mkdir(exist_ok=True)
        shutil.copy(data / "caltech" / name, scratch / "target")
    options: list[object] = ["--target-face-dir", scratch / "target", "--photos-dir", folder]
    options += ["--other-face-dir", data / "others_small"]
    options += ["--cache-dir", scratch / "whole", "--savedir", scratch / "montage"]
    first, memory = run_measured(PROJECT / "face_montage.py", *options)
    second, _ = run_measured(PROJECT / "face_montage.py", *options)
    frames = sum(row.status == MATCH for row in read_list(scratch / "montage"))
    yield f"face_montage.py, {frames} frames: {first:.1f} s ({memory:.0f} MB), again {second:.1f} s"


def press_photos(data: Path, scratch: Path, workers: int) -> Iterator[str]:
    """Tell who is found in press photos, the crops being the target folder."""
    folders = {path.name: path for path in sorted((data / "people").iterdir())}
    scans = {name: scanned(path, scratch / "press", workers) for name, path in folders.items()}
    for name in folders:
        crops = scanned(data / "people_cropped" / name, scratch / "press", workers)
        targets = target_examples(crops)
        others = [other for other in folders if other != name]
        negatives = scanned(data / "others_small", scratch / "press", workers)
        examples = other_examples(negatives, targets, frozenset())
        found = search(
            [photo for scan in scans.values() for photo in scan.photos],
            Classifier(targets.embeddings, examples.embeddings),
            Decisions(),
            confidence=DEFAULT_CONFIDENCE,
            min_face_size=30,
            all_faces=False,
        )
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


def main() -> None:
    """Run the measurements asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", choices=("who", "eyes", "speed", "press"))
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    data, workers = arguments.data.resolve(), arguments.workers
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)

        def people() -> dict[str, list[Photo]]:
            return people_of(data, scratch / "cache", workers)

        parts = {
            "who": lambda: who_is_found(people()),
            "eyes": lambda: how_well_aligned(people()),
            "speed": lambda: how_fast(data, scratch),
            "press": lambda: press_photos(data, scratch, workers),
        }
        for name, part in parts.items():
            if arguments.only in (None, name):
                for line in part():
                    print(line, flush=True)


if __name__ == "__main__":
    main()
