"""Faces, and photos of them, that the tests of this room make themselves."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from skimage import data

from photomosaic.dates.embedded_dates import EmbeddedDates
from photomosaic.faces.face import Face
from photomosaic.faces.face_library import Scan, ScannedPhoto
from photomosaic.faces.reading import PhotoFaces
from photomosaic.images.listing import Listing, PhotoFile

UNDATED = EmbeddedDates(None, None)


def astronaut():
    """Return a photo of a real face, (300, 300, 3), uint8, RGB, that is in the public domain."""
    return np.ascontiguousarray(data.astronaut()[0:300, 80:380])


def drawn_person(number):
    """Return a drawing with a little of a real face, (300, 300, 3), uint8, RGB.

    The detector takes it for a face, and the embeddings of the four are far from the astronaut's.
    """
    drawing, eye = _drawing(number)
    place = cv2.estimateAffinePartial2D(
        np.array([[200 - eye, 190], [200 + eye, 190], [200, 275]], np.float32),
        np.array([[126, 113], [163, 111], [146, 153]], np.float32),
    )[0]
    placed = cv2.warpAffine(drawing, place, (300, 300), borderMode=cv2.BORDER_REPLICATE)
    return cv2.addWeighted(placed, 0.67, astronaut(), 0.33, 0)


def _drawing(number):
    """Return a drawn face, and half of the distance between its eyes."""
    skin, hair, width, brow, mouth = [
        ((225, 180, 150), (60, 40, 30), 95, 2, 14),
        ((170, 120, 90), (15, 10, 10), 90, 6, 8),
        ((240, 200, 180), (220, 170, 60), 85, 0, 18),
        ((130, 85, 60), (20, 15, 15), 100, 4, 10),
    ][number]
    paper = np.full((400, 400, 3), 235, np.uint8)
    smooth = cv2.LINE_AA
    cv2.ellipse(paper, (200, 170), (int(width * 1.25), 144), 0, 0, 360, hair, -1, smooth)
    cv2.ellipse(paper, (200, 210), (width, 125), 0, 0, 360, skin, -1, smooth)
    for side in (-1, 1):
        eye = 200 + side * int(width * 0.42)
        cv2.ellipse(paper, (eye, 190), (22, 11), 0, 0, 360, (250, 250, 250), -1, smooth)
        cv2.circle(paper, (eye, 190), 10, (40, 80, 120), -1, smooth)
        cv2.circle(paper, (eye, 190), 5, (10, 10, 10), -1, smooth)
        cv2.ellipse(paper, (eye, 190), (22, 11), 0, 180, 360, (40, 40, 40), 3, smooth)
        cv2.ellipse(paper, (eye, 172 - brow), (26, 9), 0, 190, 350, hair, 6, smooth)
    shade = tuple(int(value * 0.75) for value in skin)
    cv2.line(paper, (195, 195), (190, 240), shade, 3, smooth)
    cv2.ellipse(paper, (200, 243), (16, 8), 0, 0, 180, shade, 4, smooth)
    cv2.ellipse(paper, (200, 275), (34, mouth), 0, 0, 180, (180, 60, 70), -1, smooth)
    return cv2.GaussianBlur(paper, (0, 0), 1.6), int(width * 0.42)


def variant(number):
    """Return another photo of the astronaut: brighter, turned, mirrored, and so on."""
    photo = astronaut()
    turn = cv2.getRotationMatrix2D((150, 130), 4 * number - 12, 1)
    photo = cv2.warpAffine(
        photo, turn, (300, 300), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    bright = (255 * (photo / 255.0) ** (0.7 + 0.1 * number)).astype(np.uint8)
    return np.ascontiguousarray(bright[:, ::-1] if number % 2 else bright)


def save(pixels, path, taken=None, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    if taken is not None:
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9003] = f"{taken:%Y:%m:%d %H:%M:%S}"
        options["exif"] = exif.tobytes()
    if path.suffix == ".jpg":
        options = {"quality": 95} | options
    Image.fromarray(pixels).save(path, **options)
    return path


def face_of(embedding, size=100.0, top=0.0, left=0.0, **fields):
    eyes = np.array([[top + 0.4 * size, left + 0.3 * size], [top + 0.4 * size, left + 0.7 * size]])
    known = {
        "nose": (top + 0.6 * size, left + 0.5 * size),
        "score": 1.0,
        "sharpness": 300.0,
        **fields,
    }
    return Face((top, left, size, size), eyes.astype(np.float32), embedding=embedding, **known)


def photo_of(path, *faces, own_output=False, dates=UNDATED, mtime_ns=0):
    file = PhotoFile(str(Path("/photos", path)), 1, mtime_ns, 0, 0, 0)
    found = PhotoFaces(480, 640, own_output, dates, faces)
    return ScannedPhoto(file, path.encode().ljust(32, b"\0"), found)


def scan_of(*photos, unreadable=()):
    return Scan(Listing("/photos"), list(photos), unreadable=list(unreadable))
