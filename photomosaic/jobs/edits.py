"""A mosaic in the making or a saved one, with edits of single photos and cells."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import BgrImage
from photomosaic.assignment.assignment import Assignment
from photomosaic.assignment.limits import Limits
from photomosaic.errors import naming
from photomosaic.files.names import printable
from photomosaic.jobs.edit_requests import check_pins, in_tiles, merged, refs_of
from photomosaic.matching.layout import Layout, from_map, to_map
from photomosaic.matching.search import Matches
from photomosaic.mosaic import Mosaicker
from photomosaic.options.mosaic import ProjectOptions
from photomosaic.progress import Work
from photomosaic.project.photos import Photos
from photomosaic.project.project import EditRefs, Project


@dataclass(frozen=True)
class PhotoMissing:
    """Notice that a photo of a project is gone; `placed` if it lay in the mosaic."""

    path: str
    placed: bool


@dataclass(frozen=True)
class PhotoChanged:
    """Notice that a photo of a project is another picture now, which is used."""

    path: str


@dataclass(frozen=True)
class RequiredUnplaced:
    """Notice that the limits leave no cell for a photo that must be used."""

    path: str


class Editing:
    """A mosaic in the making, or a project, with the edits asked for.

    Parameters
    ----------
    options : ProjectOptions
    project : Project or None
    photos : Photos
    layout : Layout
    work : Work

    Raises
    ------
    InputError
        If a photo or a cell does not exist, or edits contradict each other.
    """

    def __init__(
        self,
        options: ProjectOptions,
        project: Project | None,
        photos: Photos,
        layout: Layout,
        work: Work,
    ) -> None:
        self._project, self._photos, self._layout = project, photos, layout
        self._notify = work.notify
        # All edits stand in the project, and errors in them are its own.
        self._named = options.project if project is not None and not options.edited else None
        self._bound = None if project is None else project.bound
        before = EditRefs() if project is None else project.edits
        used = () if project is None else (tile.photo for tile in project.tiles)
        self._known = {ref.sha256 for ref in (*used, *refs_of(before))}
        self._ids = None if project is None else self._present(project)
        cells = to_map(layout, np.arange(len(layout)))
        present = None if self._ids is None else to_map(layout, self._ids)
        self.refs = merged(options, before, photos, cells, present)
        # The bound holds with more limits, but not if a cell may get other photos than before.
        if not set(before.pin) <= set(self.refs.pin):
            self._bound = None
        with self._naming_edits():
            self.tiles, missing = in_tiles(self.refs, photos, layout, self._known)
        for ref in missing:
            self._notify(PhotoMissing(ref.path, placed=False))

    def _present(self, project: Project) -> npt.NDArray[np.int32]:
        """Return the tiles of a project's cells as those of the codebook; those missing as -1."""
        tiles = np.empty(len(project.tiles), np.int32)
        missing, changed = set(), set()
        for number, ref in enumerate(project.tiles):
            tiles[number], has_changed = self._photos.find_tile(ref, self._known)
            changed |= {ref.photo.path} if has_changed else set()
            missing |= {ref.photo.path} if tiles[number] < 0 else set()
        if changed:
            self._bound = None
        for path in sorted(changed):
            self._notify(PhotoChanged(path))
        for path in sorted(missing):
            self._notify(PhotoMissing(path, placed=True))
        return tiles[from_map(self._layout, project.cells)]

    def _naming_edits(self) -> AbstractContextManager[None]:
        """Name the project in the `InputError` of the `with` block if all edits stand there."""
        if self._named is None:
            return nullcontext()
        return naming(f"--project {printable(self._named)}:")

    def assign(self, mosaicker: Mosaicker, target: BgrImage) -> Assignment:
        """Choose the photos of all cells, or only of those that the edits concern."""
        limits = Limits.of(mosaicker.options)
        with self._naming_edits():
            groups = mosaicker.codebook.counted_as_one(dedupe=True)
            check_pins(self.tiles, limits, groups, self._layout)
        assignment = self._assigned(mosaicker, mosaicker.match(target))
        for photo in sorted(self._unplaced(assignment.ids)):
            self._notify(RequiredUnplaced(self._photos.ref(photo).path))
        return assignment

    def _unplaced(self, ids: npt.NDArray[np.int32]) -> set[int]:
        """Return the photos that have to be used, and are not in a tile map."""
        of_tile = self._photos.of_tile
        placed = {of_tile(tile) for tile in np.unique(ids[ids >= 0]).tolist()}
        return {of_tile(tile) for tile in self.tiles.required} - placed

    def _assigned(self, mosaicker: Mosaicker, matches: Matches) -> Assignment:
        if self._ids is None or self._project is None:
            return mosaicker.choose(matches)
        ids = self._opened(self._ids)
        if (ids < 0).any() or self._unplaced(ids):
            ids = mosaicker.complete(matches, ids).ids
        return mosaicker.placed(matches, ids, self._bound)

    def _opened(self, ids: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """Return a tile map with the cells opened (-1) where another photo is to lie."""
        edits, of_tile = self.tiles, self._photos.of_tile
        ids = np.where(np.isin(ids, edits.banned), -1, ids).astype(np.int32)
        flat = ids.ravel()
        for cell, tile in edits.refused:
            if flat[cell] == tile and cell not in edits.pinned:
                flat[cell] = -1
        for cell, tile in edits.pinned.items():
            if flat[cell] >= 0 and of_tile(int(flat[cell])) != of_tile(tile):
                flat[cell] = -1
        return ids
