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
from photomosaic.options.mosaic import ProjectOptions
from photomosaic.project.photos import Photos
from photomosaic.project.project import EditRefs, PhotoRef, Place, check_cell
from photomosaic.wording import counted


def merged(
    request: ProjectOptions,
    before: EditRefs,
    photos: Photos,
    shape: tuple[int, int],
    present: Ids32 | None,
) -> EditRefs:
    """Return the edits of a project with those that are asked for now.

    Parameters
    ----------
    request : ProjectOptions
    before : EditRefs
    photos : Photos
    shape : (int, int)
        Rows and columns.
    present : ndarray of shape (rows, cols) or None
        The photo in each cell, for what is to be replaced.

    Raises
    ------
    InputError
        If a photo or a cell does not exist, or a cell is asked for twice.
    """
    pins: dict[tuple[int, int], PhotoRef] = {}
    for row, col, name in request.pin:
        check_cell("--pin", row, col, shape)
        ref = _named(photos, name, "--pin")
        if pins.setdefault((row, col), ref) != ref:
            raise InputError(f"--pin {row},{col}: two photos are pinned there; choose one")
    kept = {(place.row, place.col): place.photo for place in before.pin} | pins
    refused = [place for place in before.replace if pins.get((place.row, place.col)) != place.photo]
    for row, col in request.replace:
        check_cell("--replace", row, col, shape)
        if (row, col) in kept:
            raise InputError(f"--replace {row},{col}: a photo is pinned there; pin another instead")
        if present is None:
            raise InputError("--replace: there is no mosaic yet; name one with --project")
        if present[row, col] >= 0:
            refused.append(Place(row, col, photos.ref(int(present[row, col]))))
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


def in_rows(
    edits: EditRefs, photos: Photos, cols: int, known: AbstractSet[str]
) -> tuple[Edits, list[PhotoRef]]:
    """Return edits in rows of the codebook, and the wanted photos that are missing now.

    Parameters
    ----------
    edits : EditRefs
    photos : Photos
    cols : int
    known : set of str
        As for `Photos.find`.

    Raises
    ------
    InputError
        If a photo is banned and wanted, or no photo is left.
    """
    rows = {ref: photos.find(ref, known)[0] for ref in refs_of(edits)}
    banned = {rows[ref] for ref in edits.ban} - {-1}
    wanted = [(f"--pin {at.row},{at.col}=", at.photo) for at in edits.pin]
    wanted += [("--must-use ", ref) for ref in edits.must_use]
    for option, ref in wanted:
        if rows[ref] in banned:
            raise InputError(f"{option}{printable(ref.path)}: is banned as well; take either")
    if len(banned) == len(photos):
        raise InputError(f"--ban: all {counted(len(photos), 'photo')} are banned; leave some")
    return Edits(
        tuple(sorted(banned)),
        tuple(rows[ref] for ref in edits.must_use if rows[ref] >= 0),
        {at.row * cols + at.col: rows[at.photo] for at in edits.pin if rows[at.photo] >= 0},
        tuple(
            (at.row * cols + at.col, rows[at.photo]) for at in edits.replace if rows[at.photo] >= 0
        ),
    ), [ref for _, ref in wanted if rows[ref] < 0]


def refs_of(edits: EditRefs) -> list[PhotoRef]:
    """Return all photos that edits name."""
    return [*edits.ban, *edits.must_use, *(at.photo for at in (*edits.pin, *edits.replace))]


def check_pins(edits: Edits, limits: Limits, groups: Ids | None, cols: int) -> None:
    """Raise `InputError` if pinned photos break the limits by themselves."""
    number = {
        cell: row if groups is None else int(groups[row]) for cell, row in edits.pinned.items()
    }
    most = Counter(number.values()).most_common(1)
    if most and limits.max_uses is not None and most[0][1] > limits.max_uses:
        raise InputError(
            f"--pin: one photo is pinned {most[0][1]} times, and --max-uses is {limits.max_uses}"
        )
    cells = sorted(number)
    for i, one in enumerate(cells):
        for other in cells[i + 1 :]:
            apart = max(abs(one // cols - other // cols), abs(one % cols - other % cols))
            if number[one] == number[other] and apart < limits.min_spacing:
                raise InputError(
                    f"--pin: the same photo at {one // cols},{one % cols} and"
                    f" {other // cols},{other % cols} is closer than --min-spacing"
                    f" {limits.min_spacing}"
                )
