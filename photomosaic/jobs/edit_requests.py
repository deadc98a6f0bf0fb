"""Edits of single photos and cells: those of a project merged with those asked for, and checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from photomosaic.arrays import Ids, Ids32
from photomosaic.assignment.edits import Edits
from photomosaic.assignment.limits import Limits
from photomosaic.errors import InputError, naming
from photomosaic.files.names import printable
from photomosaic.matching.layout import Layout, apart
from photomosaic.options.mosaic import ProjectOptions
from photomosaic.project.photos import Photos
from photomosaic.project.project import EditRefs, PhotoRef, Place, check_cell
from photomosaic.wording import counted


def merged(
    request: ProjectOptions,
    before: EditRefs,
    photos: Photos,
    cells: Ids32,
    present: Ids32 | None,
) -> EditRefs:
    """Return the edits of a project with those that are asked for now.

    Parameters
    ----------
    request : ProjectOptions
    before : EditRefs
    photos : Photos
    cells : ndarray of shape (rows, cols), int32
        -1 where there is no cell.
    present : ndarray of shape (rows, cols) or None
        The tile in each cell, for what is to be replaced.

    Raises
    ------
    InputError
        If a photo or a cell does not exist, or a cell is asked for twice.
    """
    pins: dict[tuple[int, int], PhotoRef] = {}
    for row, col, name in request.pin:
        check_cell("--pin", row, col, cells)
        ref = _named(photos, name, "--pin")
        if pins.setdefault((row, col), ref) != ref:
            raise InputError(f"--pin {row},{col}: two photos are pinned there; choose one")
    kept = {(place.row, place.col): place.photo for place in before.pin} | pins
    refused = [place for place in before.replace if pins.get((place.row, place.col)) != place.photo]
    for row, col in request.replace:
        check_cell("--replace", row, col, cells)
        if (row, col) in kept:
            raise InputError(f"--replace {row},{col}: a photo is pinned there; pin another instead")
        if present is None:
            raise InputError("--replace: there is no mosaic yet; name one with --project")
        if present[row, col] >= 0:
            refused.append(Place(row, col, photos.ref(photos.of_tile(int(present[row, col])))))
    return EditRefs(
        _added(before.ban, (_named(photos, name, "--ban") for name in request.ban)),
        tuple(Place(row, col, ref) for (row, col), ref in sorted(kept.items(), key=lambda p: p[0])),
        tuple(dict.fromkeys(refused)),
        _added(before.must_use, (_named(photos, name, "--must-use") for name in request.must_use)),
    )


def _named(photos: Photos, name: str, option: str) -> PhotoRef:
    with naming(option):
        return photos.ref(photos.named(name))


def _added(before: tuple[PhotoRef, ...], more: Iterable[PhotoRef]) -> tuple[PhotoRef, ...]:
    return tuple({ref.sha256: ref for ref in (*before, *more)}.values())


def in_tiles(
    edits: EditRefs, photos: Photos, layout: Layout, known: AbstractSet[str]
) -> tuple[Edits, list[PhotoRef]]:
    """Return edits in tiles of the codebook, and the wanted photos that are missing now.

    Parameters
    ----------
    edits : EditRefs
    photos : Photos
    layout : Layout
    known : set of str
        As for `Photos.find`.

    Raises
    ------
    InputError
        If a photo is banned and wanted, or no photo is left.
    """
    cell_at = layout.by_address
    found = {ref: photos.find(ref, known)[0] for ref in refs_of(edits)}
    tiles = {ref: photos.tiles(number) for ref, number in found.items() if number >= 0}
    banned = {found[ref] for ref in edits.ban} - {-1}
    wanted = [(f"--pin {at.row},{at.col}=", at.photo) for at in edits.pin]
    wanted += [("--must-use ", ref) for ref in edits.must_use]
    for option, ref in wanted:
        if found[ref] in banned:
            raise InputError(f"{option}{printable(ref.path)}: is banned too; use one of the two")
    if len(banned) == len(photos):
        raise InputError(f"--ban: all {counted(len(photos), 'photo')} are banned; leave some")
    return Edits(
        tuple(sorted(tile for number in banned for tile in photos.tiles(number))),
        tuple(tiles[ref][0] for ref in edits.must_use if ref in tiles),
        {cell_at[at.row, at.col]: tiles[at.photo][0] for at in edits.pin if at.photo in tiles},
        tuple(
            (cell_at[at.row, at.col], tile)
            for at in edits.replace
            for tile in tiles.get(at.photo, ())
        ),
    ), [ref for _, ref in wanted if found[ref] < 0]


def refs_of(edits: EditRefs) -> list[PhotoRef]:
    """Return all photos that edits name."""
    return [*edits.ban, *edits.must_use, *(at.photo for at in (*edits.pin, *edits.replace))]


def check_pins(edits: Edits, limits: Limits, groups: Ids | None, layout: Layout) -> None:
    """Raise `InputError` if pinned photos break the limits by themselves."""
    number = {
        cell: row if groups is None else int(groups[row]) for cell, row in edits.pinned.items()
    }
    most = Counter(number.values()).most_common(1)
    if most and limits.max_uses is not None and most[0][1] > limits.max_uses:
        raise InputError(
            f"--pin: one photo is pinned {most[0][1]} times, and --max-uses is {limits.max_uses}"
        )
    cells = sorted(number) if limits.min_spacing > 1 else []
    for i, one in enumerate(cells):
        for other in cells[i + 1 :]:
            if number[one] != number[other]:
                continue
            if apart(layout.positions, one, other) < limits.min_spacing:
                (row, col), (other_row, other_col) = layout.addresses[[one, other]].tolist()
                raise InputError(
                    f"--pin: the same photo at {row},{col} and {other_row},{other_col} is closer"
                    f" than --min-spacing {limits.min_spacing}"
                )
