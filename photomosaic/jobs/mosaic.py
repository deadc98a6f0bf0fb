"""The job of mosaic.py: a picture's mosaic, with its project, print, sheets and page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from photomosaic.errors import InputError, naming
from photomosaic.images.encode import write_picture
from photomosaic.jobs.ahead import load_ahead
from photomosaic.jobs.dependent import check_needs
from photomosaic.jobs.detail import with_detail
from photomosaic.jobs.hints import Hint, mosaic_hint
from photomosaic.jobs.mural_making import make_mural
from photomosaic.jobs.murals import Mural, check_mural, plan_mural
from photomosaic.jobs.photos import open_library, read_codebooks
from photomosaic.jobs.report import write_report
from photomosaic.jobs.still import Still, make_still
from photomosaic.jobs.still_plan import plan_still
from photomosaic.jobs.zoom_film import FilmResult, check_film, make_film
from photomosaic.options.mosaic import MosaicOptions
from photomosaic.progress import Work
from photomosaic.project.files import read_project
from photomosaic.project.project import Project
from photomosaic.project.settings import SETTINGS, settings_of


@dataclass(frozen=True)
class MosaicResult:
    """What mosaic.py made: the mosaic, what was made besides it, and what would make it better."""

    still: Still
    mural: Mural | None
    film: FilmResult | None = None
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
    load_ahead()
    plan = plan_still(options, project, work)
    options = plan.options
    wanted = check_mural(plan)
    film = check_film(plan, work)
    with open_library(options.cache, work) as library:
        index, codebooks = read_codebooks(library, plan.listing, plan.sizes, options, work)
    mural = plan_mural(plan, wanted, index, codebooks[0], work)
    plan = with_detail(plan, wanted, codebooks[0], work)
    still = make_still(plan, index, dict(zip(plan.sizes, codebooks, strict=True)), work)
    hint = mosaic_hint(plan, still)
    if wanted is None:
        with work.clock.stage("encode"):
            for mosaic in work.progress([still.mosaic], total=1, what="encoding", unit="picture"):
                write_picture(mosaic, still.savepath)
    if mural is not None:
        still = make_mural(plan, mural, still, work)
    if options.project.report:
        write_report(options.project.report, options, still, work.clock)
    filmed = None if film is None else make_film(plan, film, still, work)
    return MosaicResult(still, mural, filmed, hint)


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
