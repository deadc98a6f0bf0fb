"""Whether a face is the target's, decided by examples of the target and of others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from photomosaic.faces.face import Embedding, distances
from photomosaic.memory import check_room_to_load

# With few examples, and people whom no example shows, neither the regression alone nor the distance
# alone is enough: the first takes strangers in, the second some who look alike.
MOST_DISTANCE = 0.6
MOST_DISTANCE_ALONE = 0.5
FEWEST_POSITIVES = 3
NEAR_CONFIDENCE = 0.5
NEAR_DISTANCE = 0.7

SAME_PERSON = 0.5
FOLDS = 10

Floats64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Judgement:
    """How faces compare with the target's examples.

    Attributes
    ----------
    probabilities : ndarray of shape (N,), float64, or None
        That it is the target, as far as the examples tell; None where distance alone decides.
    distances : ndarray of shape (N,), float64
        To the nearest example of the target.
    """

    probabilities: Floats64 | None
    distances: Floats64


class Classifier:
    """Decides by a logistic regression on the embeddings, and by the distance to the nearest one.

    With one or two examples of the target, or none of others, it goes by the distance alone.

    Parameters
    ----------
    positives : ndarray of shape (P, 128), float32
        Embeddings of the target, at least one.
    negatives : ndarray of shape (N, 128), float32
        Embeddings of others.
    """

    def __init__(self, positives: Embedding, negatives: Embedding) -> None:
        self._positives = positives
        self.by_distance_alone = len(positives) < FEWEST_POSITIVES or not len(negatives)
        if not self.by_distance_alone:
            self._weights, self._bias = _fitted(positives, negatives)

    def judge(self, embeddings: Embedding) -> Judgement:
        """Compare faces, shape (N, 128), with the examples."""
        if not len(embeddings):
            none = np.empty(0)
            return Judgement(None if self.by_distance_alone else none, none)
        nearest = distances(embeddings, self._positives).min(axis=1).astype(np.float64)
        if self.by_distance_alone:
            return Judgement(None, nearest)
        scores = embeddings.astype(np.float64) @ self._weights + self._bias
        return Judgement(1 / (1 + np.exp(-scores)), nearest)

    def accepts(self, embeddings: Embedding, confidence: float) -> npt.NDArray[np.bool_]:
        """Tell which faces are the target's.

        Parameters
        ----------
        embeddings : ndarray of shape (N, 128), float32
        confidence : float
            Probability from which a face is the target's; without a regression it does not count.
        """
        judgement = self.judge(embeddings)
        if judgement.probabilities is None:
            return judgement.distances < MOST_DISTANCE_ALONE
        close = judgement.distances < MOST_DISTANCE
        return close & (judgement.probabilities >= confidence)


@dataclass(frozen=True)
class Trial:
    """How a classifier did on examples that it had not seen.

    Attributes
    ----------
    found, positives : int
        Examples of the target that were accepted, of all.
    false, negatives : int
        Examples of others that were accepted, of all.
    """

    found: int
    positives: int
    false: int
    negatives: int


def people(embeddings: Embedding) -> npt.NDArray[np.int64]:
    """Return a number, shape (N,), for the person that each face (N, 128) shows."""
    means: list[Embedding] = []
    members: list[int] = []
    numbers = np.zeros(len(embeddings), np.int64)
    for i, face in enumerate(embeddings):
        far = np.sqrt(np.square(np.array(means) - face).sum(axis=1)) if means else np.array([])
        nearest = int(far.argmin()) if len(far) else -1
        if nearest < 0 or far[nearest] > SAME_PERSON:
            nearest = len(means)
            means.append(face)
            members.append(0)
        members[nearest] += 1
        means[nearest] = means[nearest] + (face - means[nearest]) / np.float32(members[nearest])
        numbers[i] = nearest
    return numbers


def cross_validated(positives: Embedding, negatives: Embedding, confidence: float) -> Trial:
    """Try the examples on classifiers made of the others among them.

    All faces of a person are left out together, as what is searched is full of strangers.

    Parameters
    ----------
    positives : ndarray of shape (P, 128), float32, P >= 2
    negatives : ndarray of shape (N, 128), float32
    confidence : float
    """
    folds = min(FOLDS, len(positives))
    fold_of_positive = np.arange(len(positives)) % folds
    fold_of_negative = people(negatives) % folds
    found = false = 0
    for fold in range(folds):
        left_out, strangers = fold_of_positive == fold, fold_of_negative == fold
        classifier = Classifier(positives[~left_out], negatives[~strangers])
        found += int(classifier.accepts(positives[left_out], confidence).sum())
        false += int(classifier.accepts(negatives[strangers], confidence).sum())
    return Trial(found, len(positives), false, len(negatives))


def _fitted(positives: Embedding, negatives: Embedding) -> tuple[Floats64, float]:
    # Loaded here, since it takes a second, and nothing else needs it.
    check_room_to_load("sklearn")
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=10, class_weight="balanced", max_iter=1000)
    examples = np.concatenate([positives, negatives]).astype(np.float64)
    is_target = np.repeat([1, 0], [len(positives), len(negatives)])
    model.fit(examples, is_target)
    return np.asarray(model.coef_[0], np.float64), float(model.intercept_[0])
