from __future__ import annotations

import functools
from datetime import datetime

import cv2
import dlib
import numpy as np
import pytest
from made_faces import astronaut, drawn_person, save, variant

from photomosaic.faces.detect import FaceFinder
from photomosaic.faces.network import FaceNetwork
from photomosaic.faces.weights import find_weights


@pytest.fixture(scope="session", autouse=True)
def models_are_loaded_once():
    """Keep the models between runs in this process, since loading them takes most of a run."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("shape_predictor", "face_recognition_model_v1"):
            patch.setattr(dlib, name, functools.cache(getattr(dlib, name)))
        patch.setattr("photomosaic.faces.detect.FaceNetwork", functools.cache(FaceNetwork))
        yield


@pytest.fixture(scope="session")
def finder():
    return FaceFinder(find_weights())


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """Return a cache folder that all tests share, so that each picture is searched once."""
    return tmp_path_factory.mktemp("face-cache")


@pytest.fixture(scope="session")
def family(tmp_path_factory):
    """Return a folder with "target", "others" and "photos" of which five show the target."""
    root = tmp_path_factory.mktemp("family of 100 %")
    for number in range(3):
        save(variant(number), root / "target" / f"{number}.jpg")
    for number in range(4):
        save(drawn_person(number), root / "others" / f"{number}.png")
        darker = cv2.convertScaleAbs(drawn_person(number)[:, ::-1], alpha=0.8)
        save(darker, root / "others" / f"{number} mirrored.png")
    photos = root / "photos"
    for number in range(3, 7):
        taken = datetime(2030 - 2 * number, 1, number, 12, 30, number)
        save(variant(number), photos / f"IMG_{number}.jpg", taken)
    save(astronaut(), photos / "no date.png")
    save(np.ascontiguousarray(drawn_person(2)[:, ::-1]), photos / "stranger.jpg")
    save(np.full((200, 200, 3), 90, np.uint8), photos / "wall.jpg")
    (photos / "broken.jpg").write_bytes((photos / "IMG_3.jpg").read_bytes()[:9000])
    return root


@pytest.fixture(scope="session")
def person():
    """Return a function that draws a person's embeddings: close together, far from others'."""

    def embeddings(number, count, spread=0.02, age=0.0):
        rng = np.random.default_rng(number)
        middle = rng.normal(size=128)
        drift = rng.normal(size=128)
        middle *= 1.2 / np.linalg.norm(middle)
        drift *= age / np.linalg.norm(drift)
        noise = np.random.default_rng([number, count]).normal(scale=spread, size=(count, 128))
        return (middle + drift + noise).astype(np.float32)

    return embeddings
