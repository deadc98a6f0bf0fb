"""Which of a montage's matches become frames, by the options."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from photomosaic.errors import NoMatchError, naming
from photomosaic.faces.choice import apart, within_limits
from photomosaic.faces.measuring import measured
from photomosaic.faces.order import best_of_each, in_order
from photomosaic.faces.search import Finding, left_out
from photomosaic.faces.weights import MeshWeights, find_mesh_weights
from photomosaic.options.fields import own_fields
from photomosaic.options.montage import FaceMontageOptions
from photomosaic.progress import Work
from photomosaic.wording import counted


def needed_mesh(options: FaceMontageOptions) -> MeshWeights | None:
    """Return the weights of the face mesh if an option needs it.

    Raises
    ------
    InputError
        If they are missing; the message names the option.
    """
    choice = options.choice
    fields = own_fields(type(choice))
    flags = [field.flag for field in fields if getattr(choice, field.name) is not None]
    flags += ["--align face"] * (options.frames.align == "face")
    if not flags:
        return None
    with naming(f"{flags[0]}:"):
        return find_mesh_weights()


def choose_frames(
    matches: Sequence[Finding],
    options: FaceMontageOptions,
    weights: MeshWeights | None,
    work: Work,
) -> tuple[list[Finding], list[Finding]]:
    """Return the matches that are shown, in order, and those that the options leave out.

    Raises
    ------
    NoMatchError
        If none is left.
    """
    kept, dropped = [match.dated() for match in matches], list[Finding]()
    choice = options.choice
    if choice.any or options.frames.even_light or weights is not None:
        kept = measured(kept, weights, options.frames, work)
        kept, dropped = within_limits(kept, choice)
        if not kept:
            raise NoMatchError(_nothing_left(dropped))
    if options.faces.undated == "drop":
        dropped += [left_out(match, "undated") for match in kept if match.when is None]
        kept = [match for match in kept if match.when is not None]
        if dropped and not kept:
            raise NoMatchError(
                f"--undated drop: none of {counted(len(dropped), 'match', 'matches')} has a date"
            )
    if choice.min_gap is not None:
        kept, others = apart(kept, choice.min_gap)
        dropped += others
    if options.faces.max_per:
        kept, others = best_of_each(kept, options.faces.max_per)
        dropped += others
    return in_order(kept, options.montage.order, options.montage.seed), dropped


def _nothing_left(dropped: Sequence[Finding]) -> str:
    text = f"the options leave out all of {counted(len(dropped), 'match', 'matches')}"
    common = Counter(reason for one in dropped for reason in one.reason.split("; ")).most_common(3)
    return "; for example: ".join([text, *[reason for reason, _ in common[:1]]]) if common else text
