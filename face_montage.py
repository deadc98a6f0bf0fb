# PYTHON_ARGCOMPLETE_OK
"""Find one person in a folder of photos, and make frames in which the eyes stay in their place."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from photomosaic.cli.command import Command
from photomosaic.cli.console import run
from photomosaic.cli.hints import hint_lines
from photomosaic.cli.montage_words import montage_lines
from photomosaic.cli.people_words import forgotten_lines, people_lines
from photomosaic.cli.words import log_unreadable
from photomosaic.jobs.forgetting import forget_faces
from photomosaic.jobs.hints import montage_hint
from photomosaic.jobs.montage import make_montage
from photomosaic.jobs.people import group_people
from photomosaic.options.montage import FaceMontageOptions
from photomosaic.progress import Work

EXAMPLE = """\
  python face_montage.py --target-face-dir media/example/faces --photos-dir media/example/album \\
      --savedir media/output/montage_astronaut --order age"""


def make(options: FaceMontageOptions, work: Work) -> list[str]:
    """Make what the options describe, and return the lines on it."""
    if options.groups.forget:
        return forgotten_lines(forget_faces(options))
    if options.groups.who:
        people = group_people(options, work)
        log_unreadable(people.scan.unreadable, verbose=options.messages.verbose)
        return people_lines(people)
    result = make_montage(options, work)
    what = "file" if options.people.videos else "photo"
    log_unreadable(result.scan.unreadable, what, verbose=options.messages.verbose)
    near, photos = montage_hint(result.found, options), Path(result.scan.listing.folder)
    hint = hint_lines(near, photos, options.cache.folder, quiet=options.messages.quiet)
    return [*montage_lines(result, options), *hint]


COMMAND = Command("face_montage", FaceMontageOptions, str(__doc__), EXAMPLE, make)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script and return its exit code."""
    return run(COMMAND, argv)


if __name__ == "__main__":
    sys.exit(main())
