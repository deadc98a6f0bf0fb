"""Completion of options in bash and zsh, with argcomplete."""

from __future__ import annotations

import argparse
import os

FOLDERS = {"DIR", "FOLDER"}
FILES = {"FILE", "SAVEPATH", "PHOTO", "FILE.json", "FILE.csv"}


def complete(parser: argparse.ArgumentParser) -> None:
    """Answer the shell and end the process, if it is the shell that asks; else do nothing."""
    if "_ARGCOMPLETE" not in os.environ:
        return
    import argcomplete
    from argcomplete.completers import ChoicesCompleter, DirectoriesCompleter, FilesCompleter

    for action in parser._actions:
        name = action.metavar or action.dest.upper()
        if name in FOLDERS:
            action.completer = DirectoriesCompleter()  # type: ignore[attr-defined]
        elif name in FILES:
            action.completer = FilesCompleter()  # type: ignore[attr-defined]
        elif action.choices is None:
            # A number has no names to choose from.
            action.completer = ChoicesCompleter({})  # type: ignore[attr-defined]
    argcomplete.autocomplete(parser)
