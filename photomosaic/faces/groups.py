"""Faces grouped by person, without examples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from photomosaic.faces.face import Embedding, distances
from photomosaic.memory import check_room_to_load

# Of so many nearest faces each is compared with.
NEIGHBOURS = 40
# Faces this near may be one person's. Of 55,000 pairs of different people none was nearer than 0.45
# and thirteen were nearer than this.
LINK_DISTANCE = 0.5
# Two groups join if at least this share of the smaller one is near the other, and if their faces
# are not further apart on the whole: one link alone may be between two who look alike.
LINKED_SHARE, MOST_APART = 0.3, 0.66
# Nobody is in a photo twice, so brothers and sisters stay apart: groups with a larger share of
# common photos do not join, unless the faces are as near as in a collage of one person.
MOST_COMMON, SAME_IN_COLLAGE = 0.1, 0.35
# A face that is left joins the group of which it is near several, if no other is about as near.
JOIN_DISTANCE, CLEARLY_NEARER, NEAREST = 0.54, 0.06, 3
_GROUPS_LOOKED_AT = 20
# Up to this distance to several others of its group a face is sure.
SURE_DISTANCE = 0.45
FEWEST = 2

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Grouping:
    """Faces by person.

    Attributes
    ----------
    numbers : ndarray of shape (N,), int64
        The group of each face, from 0, the largest first; -1 for a face in none.
    apart : ndarray of shape (N,), float32
        Mean distance to the nearest others of its group; infinite for a face in none.
    """

    numbers: Ints
    apart: npt.NDArray[np.float32]

    @property
    def count(self) -> int:
        """How many groups there are."""
        return int(self.numbers.max(initial=-1)) + 1


@dataclass(frozen=True)
class Wishes:
    """What people said about faces, by their indices.

    Attributes
    ----------
    together : list of (int, int)
        Two faces of one person each.
    apart : list of (int, int)
        A face that is not of the person of the other.
    named : dict of int to int
        Faces to a number that stands for a name; different ones are never one person.
    """

    together: list[tuple[int, int]] = field(default_factory=list)
    apart: list[tuple[int, int]] = field(default_factory=list)
    named: dict[int, int] = field(default_factory=dict)


def grouped(embeddings: Embedding, photos: Ints, wishes: Wishes | None = None) -> Grouping:
    """Group faces by person.

    Groups grow along chains of near faces, so that a child of two and of twelve may be in one.

    Parameters
    ----------
    embeddings : ndarray of shape (N, 128), float32
    photos : ndarray of shape (N,), int64
        The photo of each face; nobody is in a photo twice, but in collages.
    wishes : Wishes, optional
    """
    wishes = wishes or Wishes()
    refused = {face for face, _ in wishes.apart}
    joined = _Joined(embeddings, photos, wishes.named)
    if len(embeddings) > 1:
        for one, other, far in _links(embeddings):
            if one not in refused and other not in refused:
                joined.link(one, other, far)
    for one, other in wishes.together:
        joined.join(one, other)
    numbers = _numbered(joined.roots())
    _let_join(embeddings, photos, numbers, wishes.apart)
    numbers = _by_size(numbers)
    return Grouping(numbers, _apart(embeddings, numbers))


def _links(embeddings: Embedding) -> list[tuple[int, int, float]]:
    """Return the pairs of near faces and their distances, the nearest first."""
    check_room_to_load("faiss")
    import faiss

    count = len(embeddings)
    near = min(NEIGHBOURS + 1, count)
    _, found = faiss.knn(embeddings, embeddings, near)
    one = np.repeat(np.arange(count), near)
    other = found.ravel()
    pairs = np.unique(np.sort(np.stack([one, other]), axis=0)[:, one != other], axis=1)
    # Computed again, so that the order does not depend on how the library sums.
    apart = np.empty(pairs.shape[1], np.float64)
    for start in range(0, len(apart), 50_000):
        part = pairs[:, start : start + 50_000]
        difference = embeddings[part[0]].astype(np.float64) - embeddings[part[1]]
        apart[start : start + 50_000] = np.sqrt(np.square(difference).sum(axis=1))
    order = np.argsort(apart, kind="stable")
    order = order[apart[order] < LINK_DISTANCE]
    return list(zip(*pairs[:, order].tolist(), apart[order].tolist(), strict=True))


class _Joined:
    """Groups that join as links between their faces are counted."""

    def __init__(self, embeddings: Embedding, photos: Ints, named: dict[int, int]) -> None:
        self._names = dict(named)
        self._photos = [{int(photo)} for photo in photos]
        self._parent = list(range(len(embeddings)))
        self._sizes = [1] * len(embeddings)
        self._sums = embeddings.astype(np.float64)
        self._squares = np.square(self._sums).sum(axis=1)
        # For each two groups, the faces of either that are near the other.
        self._near: dict[int, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))

    def roots(self) -> Ints:
        return np.array([self._root(i) for i in range(len(self._parent))], np.int64)

    def link(self, one: int, other: int, far: float) -> None:
        """Count a link of two faces so far apart; join the groups of both if there are enough."""
        a, b = self._root(one), self._root(other)
        if a == b:
            return
        self._near[a][b].add(one)
        self._near[b][a].add(other)
        common = self._photos[a] & self._photos[b]
        fewer = min(len(self._photos[a]), len(self._photos[b]))
        if far >= SAME_IN_COLLAGE and len(common) > MOST_COMMON * fewer:
            return
        if self._names.get(a, -1) != self._names.get(b, -1) and {a, b} <= self._names.keys():
            return
        smaller, larger = sorted((a, b), key=lambda root: (self._sizes[root], root))
        near = len(self._near[smaller][larger])
        if near >= LINKED_SHARE * self._sizes[smaller] and self._apart(a, b) < MOST_APART:
            self.join(a, b)

    def join(self, one: int, other: int) -> None:
        """Make one group of those of two faces."""
        a, b = sorted((self._root(one), self._root(other)))
        if a == b:
            return
        self._parent[b] = a
        self._photos[a] |= self._photos[b]
        if b in self._names:
            self._names.setdefault(a, self._names.pop(b))
        self._sizes[a] += self._sizes[b]
        self._sums[a] += self._sums[b]
        self._squares[a] += self._squares[b]
        for third, faces in self._near.pop(b, {}).items():
            theirs = self._near[third].pop(b, set())
            if third != a:
                self._near[a][third] |= faces
                self._near[third][a] |= theirs

    def _apart(self, a: int, b: int) -> float:
        """Return the root of the mean squared distance between faces of two groups."""
        sizes = self._sizes
        square = self._squares[a] / sizes[a] + self._squares[b] / sizes[b]
        square -= 2 * float(self._sums[a] @ self._sums[b]) / sizes[a] / sizes[b]
        return float(np.sqrt(max(0.0, square)))

    def _root(self, i: int) -> int:
        while self._parent[i] != i:
            self._parent[i] = i = self._parent[self._parent[i]]
        return i


def _numbered(roots: Ints) -> Ints:
    """Return numbers from 0 for groups of several, -1 for faces alone."""
    _, where, counts = np.unique(roots, return_inverse=True, return_counts=True)
    return np.where(counts[where] >= FEWEST, where, -1)


def _let_join(
    embeddings: Embedding, photos: Ints, numbers: Ints, apart: Sequence[tuple[int, int]]
) -> None:
    """Put faces that are alone into the group that each is clearly nearest to, in place."""
    alone = np.flatnonzero(numbers < 0)
    members = {int(n): embeddings[numbers == n] for n in np.unique(numbers[numbers >= 0])}
    middles = {number: group.mean(axis=0) for number, group in members.items()}
    large = [number for number, group in members.items() if len(group) >= NEAREST]
    if not large:
        return
    to_middles = distances(embeddings[alone], np.stack([middles[number] for number in large]))
    barred = {(face, int(numbers[other])) for face, other in apart}
    there = {(int(photo), int(number)) for photo, number in zip(photos, numbers, strict=True)}
    for face, far in zip(alone, to_middles, strict=True):
        # The nearest members are looked at in the groups that are nearest as a whole.
        order = [large[i] for i in np.argsort(far, kind="stable")[:_GROUPS_LOOKED_AT]]
        best = sorted((_mean_of_nearest(embeddings[face], members[n]), n) for n in order)
        clearly = len(best) == 1 or best[1][0] - best[0][0] > CLEARLY_NEARER
        nearest, number = best[0]
        free = (int(face), number) not in barred and (int(photos[face]), number) not in there
        if nearest < JOIN_DISTANCE and clearly and free:
            numbers[face] = number


def _mean_of_nearest(face: Embedding, group: Embedding) -> float:
    far = distances(face[None], group)[0]
    return float(np.sort(far)[:NEAREST].mean())


def _by_size(numbers: Ints) -> Ints:
    """Return the numbers so that 0 is the largest group; ties by their first face."""
    groups, first, counts = np.unique(numbers[numbers >= 0], return_index=True, return_counts=True)
    rank = np.empty(int(groups.max(initial=-1)) + 1, np.int64)
    rank[groups[np.lexsort((first, -counts))]] = np.arange(len(groups))
    return np.where(numbers >= 0, rank[numbers], -1) if len(groups) else numbers


def _apart(embeddings: Embedding, numbers: Ints) -> npt.NDArray[np.float32]:
    apart = np.full(len(numbers), np.inf, np.float32)
    order = np.argsort(numbers, kind="stable")
    order = order[numbers[order] >= 0]
    for members in np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1):
        faces = embeddings[members].astype(np.float64)
        squares = np.square(faces).sum(axis=1)
        near = min(NEAREST, len(members) - 1)
        # A few at once, since a person may have thousands.
        for start in range(0, len(members) if near > 0 else 0, 500):
            some = slice(start, start + 500)
            far = squares[some, None] + squares - 2 * faces[some] @ faces.T
            far = np.sqrt(np.maximum(0, np.partition(far, near, axis=1)[:, : near + 1]))
            # The nearest of all is the face itself.
            apart[members[some]] = np.sort(far, axis=1)[:, 1:].mean(axis=1)
    return apart
