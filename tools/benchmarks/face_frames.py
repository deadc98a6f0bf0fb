"""How well limits leave out bad frames, and how even the light of frames is."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from photomosaic.dates.embedded_dates import EmbeddedDates
from photomosaic.faces.align import eye_marks
from photomosaic.faces.choice import within_limits
from photomosaic.faces.face import EMBEDDING_SIZE, Face
from photomosaic.faces.face_library import ScannedPhoto
from photomosaic.faces.figures import Figures, brightness, skin_of
from photomosaic.faces.mesh import FaceMesh, pose
from photomosaic.faces.reading import PhotoFaces
from photomosaic.faces.search import Finding
from photomosaic.faces.weights import find_mesh_weights
from photomosaic.images.decode import read_target
from photomosaic.images.listing import PhotoFile
from photomosaic.options.choice import ChoiceOptions
from photomosaic.options.fields import own_fields
from tools.benchmarks.parts import PROJECT
from tools.benchmarks.still import run_measured

LABELS = PROJECT / "tests" / "faces" / "labelled_frames.csv"
SIDE = 200
# Judged from one photo; how dark a face is, is told from other photos of the person only.
NOT_BAD = frozenset({"good", "unsure", "dark"})


def labelled_frames(data: Path) -> list[tuple[str, Finding]]:
    """Return measured faces, each with what somebody who looked at it calls it."""
    mesh = FaceMesh(find_mesh_weights())
    with LABELS.open() as file:
        rows = list(csv.DictReader(file))
    return [(row["label"], _measured(data / row["file"], row, mesh)) for row in rows]


def _measured(path: Path, row: dict[str, str], mesh: FaceMesh) -> Finding:
    photo = read_target(path)
    top, left, height, width = map(float, row["box"].split())
    eyes = np.array(row["eyes"].split(), np.float32).reshape(2, 2)
    face = Face(
        (top, left, height, width),
        eyes,
        nose=(0.0, 0.0),
        score=1.0,
        sharpness=float(row["sharpness"]),
        embedding=np.zeros(EMBEDDING_SIZE, np.float32),
    )
    points = mesh.find(photo, face.box, eyes)
    figures = Figures(skin_of(photo, eyes), padding=0.0, turned=float(np.hypot(*pose(points))))
    figures = replace(figures, eyes_open=mesh.eyes_open(photo, points))
    stat = dict.fromkeys(PhotoFile._fields[1:], 0)
    file = PhotoFile(str(path), **stat)
    holds = PhotoFaces(len(photo), photo.shape[1], False, EmbeddedDates(None, None), (face,))
    return Finding(ScannedPhoto(file, b"", holds), face, 0.9, 0.3, figures=figures)


def what_limits_leave_out(frames: list[tuple[str, Finding]]) -> tuple[int, int, int, int]:
    """Return how many good frames the usual limits lose, of all; and how many bad ones, of all."""
    usual = ChoiceOptions(**{field.name: field.option.bare for field in own_fields(ChoiceOptions)})
    kept = {id(one) for one in within_limits([one for _, one in frames], usual)[0]}
    good = [id(one) not in kept for label, one in frames if label == "good"]
    bad = [id(one) not in kept for label, one in frames if label not in NOT_BAD]
    return sum(good), len(good), sum(bad), len(bad)


def how_chosen(data: Path) -> Iterator[str]:
    """Tell how many good and bad frames the limits leave out."""
    lost, good, out, bad = what_limits_leave_out(labelled_frames(data))
    yield (
        f"frames judged by eye: {out} of {bad} bad ones out (bar: 90 %), {lost} of {good} good ones"
        " lost (bar: 5 %)"
    )


def how_even(data: Path, scratch: Path) -> Iterator[str]:
    """Tell how far the brightness of the face differs from frame to frame."""
    name = "lionel_messi"
    options: list[object] = ["--target-face-dir", data / "people_cropped" / name]
    options += ["--other-face-dir", data / "others_small", "--photos-dir", data / "people" / name]
    options += ["--cache-dir", scratch / "light", "--order", "age", "--output-size", SIDE]
    spread = []
    for words in ([], ["--even-light"]):
        frames = scratch / f"frames{len(words)}"
        run_measured(PROJECT / "face_montage.py", *options, "--savedir", frames, *words)
        marks = eye_marks(SIDE, 0.4).astype(np.float32)
        skins = [skin_of(read_target(path), marks) for path in sorted(frames.glob("*.jpg"))]
        spread.append(float(np.std([brightness(skin) for skin in skins])))
    yield (
        f"brightness of {len(skins)} faces: {spread[0]:.3f} stops, with --even-light"
        f" {spread[1]:.3f}: {spread[1] / spread[0]:.2f} times (bar: 0.33)"
    )
