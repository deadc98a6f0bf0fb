"""Removal of forgotten files, and a month later of their thumbnails, tiles and faces."""

from __future__ import annotations

import os
import time

from photomosaic.files.clip_frames import file_of
from photomosaic.library.damage import damage_if_misread
from photomosaic.library.database import Database

ORPHAN_SECONDS = 30 * 24 * 3600

_DROP_FILE = (
    "DELETE FROM files WHERE path = ?",
    "DELETE FROM clip_files WHERE path = ?",
    "DELETE FROM face_files WHERE path = ?",
)
_MARK_ORPHANS = (
    # Chosen by an index that has no thumbnails.
    "UPDATE photos SET orphaned_at = ? WHERE hash IN"
    " (SELECT hash FROM photos WHERE orphaned_at IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM files WHERE files.hash = photos.hash)"
    " AND NOT EXISTS (SELECT 1 FROM scenes WHERE scenes.hash = photos.hash))",
    "UPDATE clips SET orphaned_at = ? WHERE orphaned_at IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM clip_files WHERE clip_files.hash = clips.hash)",
    "UPDATE face_photos SET orphaned_at = ? WHERE orphaned_at IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM face_files WHERE face_files.hash = face_photos.hash)",
)
_OLD_ORPHANS = (
    "SELECT EXISTS (SELECT 1 FROM photos WHERE orphaned_at < ?1)"
    " OR EXISTS (SELECT 1 FROM clips WHERE orphaned_at < ?1)"
    " OR EXISTS (SELECT 1 FROM face_photos WHERE orphaned_at < ?1)"
)
_DROP_ORPHANS = (
    "UPDATE photos SET orphaned_at = 0 WHERE hash IN"
    " (SELECT scenes.hash FROM scenes JOIN clips ON clips.hash = clip WHERE orphaned_at < ?)"
    " AND NOT EXISTS (SELECT 1 FROM files WHERE files.hash = photos.hash)",
    "DELETE FROM scenes WHERE clip IN (SELECT hash FROM clips WHERE orphaned_at < ?)",
    "DELETE FROM clips WHERE orphaned_at < ?",
    "DELETE FROM tiles WHERE key & 0xFFFFFFFF IN (SELECT id FROM photos WHERE orphaned_at < ?)",
    "DELETE FROM attention WHERE hash IN (SELECT hash FROM photos WHERE orphaned_at < ?)",
    "DELETE FROM unfit WHERE hash IN (SELECT hash FROM photos WHERE orphaned_at < ?)",
    "DELETE FROM photos WHERE orphaned_at < ?",
    "DELETE FROM face_photos WHERE orphaned_at < ?",
)


def forget_files(database: Database, paths: list[str]) -> None:
    """Forget files, so that they are read again if they are still there."""
    if paths:
        rows = [(os.fsencode(file_of(path)),) for path in paths]
        database.change([(statement, rows) for statement in _DROP_FILE])


def drop_old_orphans(database: Database, *, changed: bool) -> None:
    """Drop all data of contents that no file has had for a month.

    If files have changed, contents without a file are marked first.
    """
    now = time.time()
    before = (now - ORPHAN_SECONDS,)
    with damage_if_misread():
        ((due,),) = database.rows(_OLD_ORPHANS, before)
    # What is marked now is not due. Dropping reads all tiles.
    marks = [(statement, [(now,)]) for statement in _MARK_ORPHANS if changed or due]
    drops = [(statement, [before]) for statement in _DROP_ORPHANS if due]
    if marks or drops:
        database.change(marks + drops)
