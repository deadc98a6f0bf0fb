"""A mosaic in the making or saved, with what is said about single photos and cells."""

from __future__ import annotations

import argparse
import logging
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import BgrImage
from photomosaic.cli.console import blaming
from photomosaic.cli.project import project_of, project_option, project_written, request_of
from photomosaic.codebook.codebook import Codebook
from photomosaic.errors import InputError
from photomosaic.files.regular import sha256_of
from photomosaic.images.listing import printable
from photomosaic.matching.limited import Edits
from photomosaic.matching.search import Matches
from photomosaic.matching.selection import Assignment
from photomosaic.mosaic import Mosaicker
from photomosaic.project.edits import check_pins, in_rows, merged, refs_of
from photomosaic.project.files import write_project
from photomosaic.project.photos import Photos
from photomosaic.project.project import SETTINGS, EditRefs, Project
from photomosaic.versions import versions

log = logging.getLogger(__name__)

PACKAGES = ("numpy", "opencv-python", "faiss-cpu", "pillow")


class Editing:
    """A mosaic in the making or a project, with what is said about single photos and cells.

    Parameters
    ----------
    arguments : Namespace
    photos : Photos
    shape : (int, int)
        Rows and columns.

    Raises
    ------
    InputError
        If a photo or a cell does not exist, or something contradicts something else.
    """

    def __init__(
        self, arguments: argparse.Namespace, photos: Photos, shape: tuple[int, int]
    ) -> None:
        self._arguments, self._photos, self._shape = arguments, photos, shape
        self._project = project_of(arguments)
        self._request = request_of(arguments)
        self._bound = None if self._project is None else self._project.bound
        before = EditRefs() if self._project is None else self._project.edits
        used = () if self._project is None else self._project.photos
        self._known = {ref.sha256 for ref in (*used, *refs_of(before))}
        present = None if self._project is None else self._present(self._project)
        self.refs = merged(self._request, before, photos, shape, present)
        # What was least holds with more limits, but not if other photos may lie somewhere.
        if not set(before.pin) <= set(self.refs.pin):
            self._bound = None
        with self._blaming_edits():
            self.rows, missing = in_rows(self.refs, photos, shape[1], self._known)
        for ref in missing:
            log.warning("%s: is missing, and cannot be used", printable(ref.path))
        self._ids = present

    def _blaming_edits(self) -> AbstractContextManager[None]:
        """Name the project in the `InputError` of the `with` block if all edits stand there."""
        if self._project is None or self._request:
            return nullcontext()
        return blaming(project_option(self._arguments))

    def _present(self, project: Project) -> npt.NDArray[np.int32]:
        """Return the photos of a project as rows of the codebook; those missing as -1."""
        rows = np.empty(len(project.photos), np.int32)
        for number, ref in enumerate(project.photos):
            rows[number], changed = self._photos.find(ref, self._known)
            if changed:
                self._bound = None
                log.warning("%s: has changed since, and is used as it is", printable(ref.path))
            if rows[number] < 0:
                log.warning("%s: is missing; the next best takes its places", printable(ref.path))
        return rows[project.cells]

    def assign(self, mosaicker: Mosaicker, target: BgrImage) -> Assignment:
        """Choose the photos of all cells, or just of those that are concerned."""
        with self._blaming_edits():
            limits, groups = mosaicker.options.limits, mosaicker.codebook.groups
            check_pins(self.rows, limits, groups, self._shape[1])
        assignment = self._assigned(mosaicker, mosaicker.match(target))
        for row in sorted(set(self.rows.required) - set(assignment.ids.ravel().tolist())):
            log.warning(
                "--must-use %s: no cell can take it within the limits",
                printable(self._photos.ref(row).path),
            )
        return assignment

    def _assigned(self, mosaicker: Mosaicker, matches: Matches) -> Assignment:
        if self._ids is None or self._project is None:
            return mosaicker.choose(matches)
        ids = _opened(self._ids, self.rows)
        if (ids >= 0).all() and set(self.rows.required) <= set(ids.ravel().tolist()):
            return mosaicker.placed(matches, ids, self._bound)
        return mosaicker.placed(matches, mosaicker.mend(matches, ids).ids, self._bound)

    def save(self, assignment: Assignment) -> None:
        """Write the project where the options ask for it, or where edits are to be kept."""
        written = project_written(self._arguments)
        if written is not None:
            write_project(self._saved(assignment), written[1])

    def _saved(self, assignment: Assignment) -> Project:
        used, cells = np.unique(assignment.ids, return_inverse=True)
        arguments = self._arguments
        return Project(
            str(arguments.target.absolute()),
            sha256_of(arguments.target),
            str(arguments.codebook_dir.absolute()),
            {name: getattr(arguments, name) for name in SETTINGS},
            tuple(self._photos.ref(int(row)) for row in used),
            cells.reshape(assignment.ids.shape).astype(np.int32),
            self.refs,
            assignment.bound,
            versions(PACKAGES),
        )


def in_codebook(assignment: Assignment, codebook: Codebook, other: Codebook) -> Assignment:
    """Return an assignment of one codebook in the rows of another of the same photos."""
    if codebook.hashes == other.hashes:
        return assignment
    rows = {digest: row for row, digest in enumerate(other.hashes)}
    try:
        numbers = {i: rows[codebook.hashes[i]] for i in np.unique(assignment.ids).tolist()}
    except KeyError as error:
        raise InputError("--scale: a photo has not the aspect of these tiles") from error
    ids = np.vectorize(numbers.__getitem__, otypes=[np.int32])(assignment.ids)
    return Assignment(ids, assignment.distances, assignment.ratios, assignment.bound)


def _opened(ids: npt.NDArray[np.int32], edits: Edits) -> npt.NDArray[np.int32]:
    """Return a tile map with the cells opened (-1) where another photo is to lie."""
    ids = np.where(np.isin(ids, edits.banned), -1, ids).astype(np.int32)
    flat = ids.ravel()
    for cell, row in edits.refused:
        if flat[cell] == row and cell not in edits.pinned:
            flat[cell] = -1
    for cell, row in edits.pinned.items():
        if flat[cell] != row:
            flat[cell] = -1
    return ids
