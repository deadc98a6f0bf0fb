"""What a face montage is made of, checked before the long work."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from photomosaic.errors import InputError, naming
from photomosaic.faces.corrections import Corrections
from photomosaic.faces.decisions import Decisions
from photomosaic.faces.face_keys import place_of
from photomosaic.faces.montage_folder import MontageFolder, exclusive_use, read_montage_folder
from photomosaic.faces.weights import MeshWeights
from photomosaic.files.names import printable
from photomosaic.images.listing import Listing, check_holds_photos, list_photos
from photomosaic.jobs.montage_choice import needed_mesh
from photomosaic.jobs.montage_film import check_film
from photomosaic.jobs.people import given_corrections, list_photos_of
from photomosaic.jobs.photos import FolderListed
from photomosaic.options.fields import own_fields
from photomosaic.options.montage import FaceMontageOptions, PeopleOptions
from photomosaic.progress import Work


@dataclass(frozen=True)
class MontagePlan:
    """The folders as listed, that of the montage, what people decided, and the weights needed."""

    targets: Listing | None
    others: Listing | None
    photos: Listing
    savedir: MontageFolder
    decisions: Decisions
    mesh: MeshWeights | None = None


def plan_montage(options: FaceMontageOptions, stack: ExitStack, work: Work) -> MontagePlan:
    """List the folders, and check that a montage can be saved.

    Until the stack is closed, no other run may use its savedir.

    Raises
    ------
    InputError
        If a folder cannot be used.
    """
    mesh = needed_mesh(options)
    people, savepath = options.people, options.montage.savedir
    if savepath is None:
        raise InputError("--savedir is missing: the folder for the frames and their list")
    if people.target_face_dir is None and options.groups.person is None:
        raise InputError(
            "--target-face-dir is missing: a folder of photos of the person to find; or group"
            " everybody with --who, then name one with --person"
        )
    corrections = given_corrections(options)
    targets = others = None
    if people.target_face_dir is not None:
        with naming("--target-face-dir"):
            targets = _listed(people.target_face_dir, work)
    if people.other_face_dir is not None:
        with naming("--other-face-dir"):
            others = _listed(people.other_face_dir, work)
            _check_others(people.other_face_dir, people.target_face_dir)
    photos = list_photos_of(options, work)
    check_film(options, savepath, photos)
    with naming("--savedir"):
        _check_apart(savepath, people)
        stack.enter_context(exclusive_use(savepath))
        savedir = read_montage_folder(savepath)
    decisions = _decisions(savedir, corrections)
    return MontagePlan(targets, others, photos, savedir, decisions=decisions, mesh=mesh)


def _decisions(savedir: MontageFolder, corrections: Corrections) -> Decisions:
    decisions = savedir.decisions
    for key, eyes in corrections.eyes:
        digest, row, col = place_of(key)
        decisions.place(digest, (row, col), eyes)
    return decisions


def _check_others(others: Path, target: Path | None) -> None:
    if target and others.resolve().is_relative_to(target.resolve()):
        raise InputError(
            f"{printable(others)}: is --target-face-dir as well, or lies in it; name a folder of"
            " other people's photos outside of it"
        )


def _listed(folder: Path, work: Work) -> Listing:
    listing = list_photos(folder)
    check_holds_photos(listing)
    work.notify(FolderListed(listing))
    return listing


def _check_apart(savedir: Path, people: PeopleOptions) -> None:
    """Raise `InputError` if the frames would lie among the photos that they are made of."""
    for field in own_fields(type(people)):
        folder = getattr(people, field.name)
        if isinstance(folder, Path) and savedir.resolve().is_relative_to(folder.resolve()):
            raise InputError(
                f"{printable(savedir)}: lies in {field.flag}; name a folder outside of it"
            )
