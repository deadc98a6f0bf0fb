"""Further examples out of what a first search found: the person as the library shows them."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from photomosaic.faces.classify import Classifier
from photomosaic.faces.examples import Examples
from photomosaic.faces.face import Embedding, distances, embeddings_of
from photomosaic.faces.face_library import ScannedPhoto
from photomosaic.faces.montage_list import ACCEPTED, MATCH, NEAR_MISS
from photomosaic.faces.search import IMPROBABLE, Finding, Found
from photomosaic.faces.strangers import FaceKey, Strangers, find_strangers, key_in
from photomosaic.files.names import printable

# A find is sure if it is near several examples, and clearly nearer to them than to any other.
SURE_CONFIDENCE, SURE_DISTANCE, SURE_MARGIN, SEVERAL = 0.9, 0.44, 0.08, 3
# What was not probable enough is taken if it is near several examples, those learned among them.
# Of the limits that `tools/benchmarks/faces.py --only learn` tries, the strictest that one half of
# the people chooses; of the other half they take nobody else. 0.55 with 0.08 takes strangers.
NEAR_DISTANCE, NEAR_MARGIN = 0.49, 0.12
ROUNDS = 3


@dataclass(frozen=True)
class Learned:
    """What a search learned.

    Attributes
    ----------
    found : Found
        Of the last search.
    examples : int
        How many finds became examples.
    others : int
        How many faces of strangers became examples of others.
    """

    found: Found
    examples: int = 0
    others: int = 0


@dataclass
class _Known:
    """Examples of the target with the chains of photos that brought them in, and all others."""

    positives: Embedding
    others: Embedding
    strangers: Strangers
    chains: list[str]

    def add(self, findings: Sequence[Finding]) -> dict[FaceKey, Finding]:
        """Take findings as examples; return each with the chain of photos that brought it in."""
        chains = [self.chain_to(one) for one in findings]
        new = embeddings_of([one.face for one in findings])
        self.positives = np.concatenate([self.positives, new])
        pairs = list(zip(findings, chains, strict=True))
        self.chains += [f"{one.photo.title} < {chain}" for one, chain in pairs]
        return {
            key_in(one.photo, one.face): replace(one, reason=f"learned from {chain}")
            for one, chain in pairs
        }

    def chain_to(self, finding: Finding) -> str:
        return self.chains[int(distances(finding.face.embedding[None], self.positives).argmin())]

    def is_near(self, finding: Finding, limit: float, margin: float) -> bool:
        """Tell whether a face is near several examples, and clearly nearer than to any other."""
        if key_in(finding.photo, finding.face) in self.strangers.keys:
            return False
        face = finding.face.embedding[None]
        nearest = np.sort(distances(face, self.positives)[0])[:SEVERAL]
        to_others = float(distances(face, self.others).min()) if len(self.others) else np.inf
        return len(nearest) == SEVERAL and nearest[-1] < min(limit, to_others - margin)


def learning_search(
    search: Callable[[Classifier], Found],
    photos: Sequence[ScannedPhoto],
    targets: Examples,
    others: Examples,
) -> Learned:
    """Search, take sure finds as further examples, and search again.

    Faces of the library that form a group without an example, and without a match of the first
    search, are somebody else's: they are never taken, and serve as further others.

    Parameters
    ----------
    search : callable
        Finds the target among the photos with a classifier.
    photos : sequence of ScannedPhoto
    targets, others : Examples
    """
    found = search(Classifier(targets.embeddings, others.embeddings))
    if len(targets.faces) < SEVERAL:
        return Learned(found)
    first = {key_in(one.photo, one.face) for one in found.matches}
    strangers = find_strangers(photos, targets.embeddings, first)
    # What people rejected may be a bad photo of the target, so it tells nothing.
    negatives = others.embeddings
    if len(negatives):
        negatives = np.concatenate([negatives, strangers.surest])
    known = _Known(
        targets.embeddings,
        np.concatenate([others.embeddings, strangers.all]),
        strangers,
        [printable(os.path.basename(path)) for path in targets.paths],  # noqa: PTH119
    )
    found = search(Classifier(known.positives, negatives))
    learned: dict[FaceKey, Finding] = {}
    for _ in range(ROUNDS):
        new = [one for one in found.matches if _is_sure(one, known, learned)]
        if not new:
            break
        learned |= known.add(new)
        found = search(Classifier(known.positives, negatives))
    return _taken(found, known, learned, first)


def _is_sure(one: Finding, known: _Known, learned: Collection[FaceKey]) -> bool:
    # Frames of a video are nearly the same, so several of them say no more than one.
    if key_in(one.photo, one.face) in learned or one.photo.sample is not None or one.distance == 0:
        return False
    if one.status == ACCEPTED:
        return True
    confident = one.probability is None or one.probability >= SURE_CONFIDENCE
    return confident and known.is_near(one, SURE_DISTANCE, SURE_MARGIN)


def _taken(
    found: Found, known: _Known, learned: dict[FaceKey, Finding], first: Collection[FaceKey]
) -> Learned:
    """Return the finds, with those near several learned examples, each with its reason."""
    matches, misses, photos = [], [], set[bytes]()
    for one in found.matches:
        key = key_in(one.photo, one.face)
        if key in known.strangers.keys and key not in first and one.status == MATCH:
            misses.append(_missed(one))
            continue
        matches.append(_as_learned(one, learned.get(key)))
        photos.add(one.photo.hash)
    for one in found.near_misses:
        if (
            _only_improbable(one)
            and one.photo.hash not in photos
            and known.is_near(one, NEAR_DISTANCE, NEAR_MARGIN)
        ):
            matches.append(replace(one, status=MATCH, reason=f"near {known.chain_to(one)}"))
            photos.add(one.photo.hash)
        else:
            misses.append(one)
    found = replace(found, matches=matches, near_misses=misses)
    return Learned(found, len(learned), len(known.strangers.surest))


def _as_learned(one: Finding, before: Finding | None) -> Finding:
    """Return a find as it was judged before it became an example, which is like itself."""
    if before is None:
        return one
    judged = replace(one, probability=before.probability, distance=before.distance)
    return replace(judged, reason=one.reason or before.reason)


def _missed(one: Finding) -> Finding:
    return replace(one, status=NEAR_MISS, reason="looks like somebody else whom the photos show")


def _only_improbable(one: Finding) -> bool:
    return one.reason.startswith(IMPROBABLE) and "; " not in one.reason
