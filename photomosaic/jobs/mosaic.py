"""The job of mosaic.py: a picture's mosaic, with its project, print, sheets and page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from photomosaic.errors import InputError, naming
from photomosaic.images.encode import write_picture
from photomosaic.jobs.ahead import load_ahead
from photomosaic.jobs.dependent import check_needs
from photomosaic.jobs.hints import Hint, mosaic_hint
from photomosaic.jobs.mixed import both_shapes, with_turned
from photomosaic.jobs.photos import open_library, read_codebooks, read_index
from photomosaic.jobs.report import write_report
from photomosaic.jobs.still import Still, make_still
from photomosaic.jobs.still_plan import StillPlan, plan_still
from photomosaic.library.codebook import Codebook
from photomosaic.library.index import Index
from photomosaic.options.mosaic import FilmOptions, MosaicOptions, MuralOptions
from photomosaic.progress import Work
from photomosaic.project.files import read_project
from photomosaic.project.project import Project
from photomosaic.project.settings import SETTINGS, settings_of

if TYPE_CHECKING:
    from photomosaic.film.film import FilmPlan
    from photomosaic.jobs.moving import MovingResult
    from photomosaic.jobs.murals import Mural, Print
    from photomosaic.jobs.zoom_film import FilmResult


@dataclass(frozen=True)
class MosaicResult:
    """What mosaic.py made: the mosaic, what was made besides it, and what would make it better."""

    still: Still
    mural: Mural | None
    film: FilmResult | None = None
    moving: MovingResult | None = None
    hint: Hint | None = None


def make_mosaic(options: MosaicOptions, work: Work | None = None) -> MosaicResult:
    """Make and save the mosaic that the options describe.

    Parameters
    ----------
    options : MosaicOptions
        With a project, they hold its settings; see `project.settings.with_project`.
    work : Work, optional

    Raises
    ------
    InputError
        If the options, the target, the photos or an output cannot be used.
    OutputError
        If something cannot be written.
    """
    work = work or Work(options.photos.workers)
    project = _project(options)
    if options.film.moving is not None:
        options = replace(options, photos=replace(options.photos, clips=True))
    load_ahead()
    plan, given = plan_still(options, project, work), options
    options = plan.options
    wanted, film = _check_others(plan, work)
    plan, index, codebooks = _read_photos(given, plan, work)
    options = plan.options
    mural = None
    if options.mural != MuralOptions():
        from photomosaic.jobs.murals import plan_mural

        mural = plan_mural(plan, wanted, index, codebooks[0], work)
    if options.look.detail:
        # Loaded here, since it looks for faces.
        from photomosaic.jobs.detail import with_detail

        plan = with_detail(plan, wanted, codebooks[0], work)
    still = make_still(plan, index, dict(zip(plan.sizes, codebooks, strict=True)), work)
    hint = mosaic_hint(plan, still)
    if wanted is None:
        with work.clock.stage("encode"):
            for mosaic in work.progress([still.mosaic], total=1, what="encoding", unit="picture"):
                write_picture(mosaic, still.savepath)
    if mural is not None:
        from photomosaic.jobs.mural_making import make_mural

        still = make_mural(plan, mural, still, work)
    if options.project.report:
        write_report(options.project.report, options, still, work.clock)
    filmed = None
    if film is not None:
        from photomosaic.jobs.zoom_film import make_film

        filmed = make_film(plan, film, still, work)
    moving = None
    if options.film.moving is not None:
        from photomosaic.jobs.moving import make_moving_still

        moving = make_moving_still(plan, options.film.moving, work)
    return MosaicResult(still, mural, filmed, moving, hint)


def _read_photos(
    given: MosaicOptions, plan: StillPlan, work: Work
) -> tuple[StillPlan, Index, list[Codebook]]:
    """Return the index and the tiles of a plan's sizes, and the plan, which may depend on them.

    `given` are the options that the plan was made from.
    """
    is_mixed = plan.options.look.layout == "mixed"
    with open_library(plan.options.cache, work) as library:
        index = read_index(library, plan.listing, plan.options, work)
        if is_mixed:
            plan = with_turned(given, plan, index, work)
        codebooks = read_codebooks(library, index, plan.sizes, plan.options, work)
    if is_mixed:
        codebooks[0] = both_shapes(codebooks[0], codebooks[1], index, plan.options.tiles)
    return plan, index, codebooks


def _check_others(plan: StillPlan, work: Work) -> tuple[Print | None, FilmPlan | None]:
    """Check what is to be made besides the mosaic.

    What makes it is imported only if it is asked for; that takes as long as finding the tiles.
    """
    printed, film = None, None
    if plan.options.mural != MuralOptions():
        from photomosaic.jobs.murals import check_mural

        printed = check_mural(plan)
    if plan.options.film != FilmOptions():
        from photomosaic.jobs.zoom_film import check_film

        film = check_film(plan, work)
    if (path := plan.options.film.moving) is not None:
        from photomosaic.jobs.moving import check_moving_still

        check_moving_still(plan, path)
    return printed, film


def _project(options: MosaicOptions) -> Project | None:
    """Return the project that is rendered again, if any; its settings must be those given."""
    path = options.project.project
    if path is None:
        check_needs(options.project, "photos_root", "--project")
        check_needs(options.project, "replace", "--project: name the mosaic that is edited")
        return None
    with naming("--project"):
        project = read_project(path)
    _check_unchanged(project.settings, options)
    return project


def _check_unchanged(settings: Mapping[str, Any], options: MosaicOptions) -> None:
    """Raise `InputError` if an option differs from a setting that the project fixes."""
    given = settings_of(options)
    for name, field in SETTINGS.items():
        if not field.option.changeable and given[name] != settings[name]:
            flag = f"--no-{field.flag[2:]}" if given[name] is False else field.flag
            raise InputError(f"{flag}: is fixed by the project; make a new mosaic for that")
