"""Photos that look alike: bursts, copies in other sizes, slight edits."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import cv2
import numpy as np

from photomosaic.arrays import BgrImage, Floats, Ids
from photomosaic.matching.grid import TileSize
from photomosaic.memory import check_room_to_load

# Whole photos, whatever their aspect, as squares of this size.
FINGERPRINT = TileSize(48, 48)
# Correlations, so that dark and pale photos are judged by their own contrast. Of 385 photos, of
# these darkened, paled and flattened, and of 120 pages of text no two reach more than 0.86 as a
# whole and 0.6 in detail; of copies re-saved, resized or brightened nearly all lie above 0.98 and
# 0.7, of frames of videos a fifth of a second apart nine in ten above 0.9 and 0.6.
THRESHOLD = 0.87
DETAIL_THRESHOLD = 0.5
COLOUR_THRESHOLD = 0.9
# Where there is next to no detail, as in a clear sky, all else has to be the same.
SMOOTH_THRESHOLD = 0.995
SMOOTH_SHARE = 0.1
# Shifts that are tried, in pixels of the fingerprint.
SHIFT = 3
# Standard deviations, in levels, of what is left of noise and compression.
NOISE = 0.5
FLAT = 1.0
FLAT_DIFFERENCE = 6.0
# Levels by which edits may change the mean lightness and, apart from it, the mean colour.
LIGHTER = 48.0
MORE_COLOURFUL = 12.0
# What is compared at all: coarse pictures that correlate, a few dozen with each.
COARSE = 12
COARSE_THRESHOLD = 0.8
COMPARED = 48


def near_duplicates(pictures: BgrImage) -> Ids:
    """Return a number for each picture, 0 up, that near-duplicates have in common.

    Pictures that are alike are put together, those most alike first, as long as at least half of
    the pairs that come together are alike, so that no chain leads on and on.

    Parameters
    ----------
    pictures : ndarray of shape (N, 48, 48, 3), uint8, BGR
    """
    fingerprints = [_Fingerprint.of(picture) for picture in pictures]
    candidates = _candidates(fingerprints)
    likeness = {(i, j): _likeness(fingerprints[i], fingerprints[j]) for i, j in candidates}
    alike = [pair for pair in candidates if likeness[pair] > 0]
    alike.sort(key=lambda pair: -likeness[pair])
    return _groups(len(pictures), alike)


@dataclass(frozen=True)
class _Fingerprint:
    """A small picture in grey, its detail alone, and its colours, float32; and their statistics."""

    grey: Floats
    detail: Floats
    colours: Floats
    contrast: float
    mean: Floats

    @classmethod
    def of(cls, picture: BgrImage) -> _Fingerprint:
        colours = picture.astype(np.float32)
        grey = np.asarray(cv2.cvtColor(colours, cv2.COLOR_BGR2GRAY), np.float32)
        blurred = cv2.GaussianBlur(grey, (0, 0), len(grey) / 16, borderType=cv2.BORDER_REFLECT)
        detail = np.asarray(grey - blurred, np.float32)
        return cls(grey, detail, colours, float(grey.std()), colours.mean(axis=(0, 1)))

    def coarse(self) -> Floats:
        """Return what correlates, in grey and in colour, with coarse pictures that are alike."""
        halves = []
        for pixels in (self.grey, self.colours):
            small = cv2.resize(pixels, (COARSE, COARSE), interpolation=cv2.INTER_AREA)
            small = (small - small.mean()).ravel()
            halves.append(small / max(float(np.linalg.norm(small)), FLAT * COARSE) / np.sqrt(2))
        return np.concatenate(halves).astype(np.float32)


def _candidates(fingerprints: list[_Fingerprint]) -> list[tuple[int, int]]:
    """Return pairs that may be alike: like coarse pictures, and flat ones of like colours."""
    # Loaded here, since it is large, and only near-duplicates need it.
    check_room_to_load("faiss")
    import faiss

    pairs: set[tuple[int, int]] = set()
    coarse = np.array([fingerprint.coarse() for fingerprint in fingerprints])
    index = faiss.IndexFlatIP(coarse.shape[1])
    index.add(coarse)
    likeness, nearest = index.search(coarse, min(COMPARED, len(coarse)))
    for i, row in enumerate(nearest):
        pairs.update((i, j) for j in row[likeness[i] >= COARSE_THRESHOLD].tolist())
    flat = [i for i, fingerprint in enumerate(fingerprints) if fingerprint.contrast < FLAT]
    if flat:
        colours = np.array([fingerprints[i].mean for i in flat])
        by_colour = faiss.IndexFlatL2(colours.shape[1])
        by_colour.add(colours)
        nearest = by_colour.search(colours, min(COMPARED, len(flat)))[1]
        pairs.update((i, flat[j]) for i, row in zip(flat, nearest, strict=True) for j in row)
    return sorted({(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]})


def _likeness(one: _Fingerprint, other: _Fingerprint) -> float:
    """Return how much pictures are alike, up to 1, or 0 if they are no near-duplicates."""
    change = one.mean - other.mean
    lighter = float(change.mean())
    if abs(lighter) > LIGHTER or float(np.abs(change - lighter).max()) > MORE_COLOURFUL:
        return 0.0
    if min(one.contrast, other.contrast) < FLAT:
        difference = float(np.abs(change).max())
        same = max(one.contrast, other.contrast) < FLAT and difference < FLAT_DIFFERENCE
        return 1 - difference / 255 if same else 0.0
    inner = np.s_[SHIFT:-SHIFT, SHIFT:-SHIFT]
    shifts = cv2.matchTemplate(one.grey, other.grey[inner], cv2.TM_CCOEFF_NORMED)
    _, likeness, _, (left, top) = cv2.minMaxLoc(shifts)
    if likeness < THRESHOLD:
        return 0.0
    side = len(one.grey) - 2 * SHIFT
    shifted = np.s_[top : top + side, left : left + side]
    colour = _correlation(_centred(one.colours[shifted]), _centred(other.colours[inner]))
    details = one.detail[shifted], other.detail[inner]
    if min(float(detail.std()) for detail in details) < SMOOTH_SHARE * one.contrast:
        same = min(likeness, colour) > SMOOTH_THRESHOLD
    else:
        same = colour > COLOUR_THRESHOLD and _correlation(*details) > DETAIL_THRESHOLD
    return likeness * colour if same else 0.0


def _centred(colours: Floats) -> Floats:
    # All channels by the same, so that colours count.
    return np.asarray(colours - colours.mean(), np.float32)


def _correlation(one: Floats, other: Floats) -> float:
    floor = NOISE**2 * one.size
    scale = np.sqrt((float((one**2).sum()) + floor) * (float((other**2).sum()) + floor))
    return float((one * other).sum()) / float(scale)


def _groups(count: int, alike: list[tuple[int, int]]) -> Ids:
    numbers = np.arange(count)
    sizes = Counter(range(count))
    # Of each group, how many pairs alike it has with which others.
    links: list[Counter[int]] = [Counter() for _ in range(count)]
    for i, j in alike:
        links[i][j] = links[j][i] = 1
    for i, j in alike:
        one, other = sorted((int(numbers[i]), int(numbers[j])))
        if one == other or 2 * links[one][other] < sizes[one] * sizes[other]:
            continue
        numbers[numbers == other] = one
        sizes[one] += sizes.pop(other)
        del links[one][other], links[other][one]
        links[one] += links[other]
        for third, pairs in links[other].items():
            del links[third][other]
            links[third][one] += pairs
    return np.unique(numbers, return_inverse=True)[1].astype(np.int64)
