"""A benchmark as a command: its parts run one after the other, and their figures are saved."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]

Part = Callable[[Path, Path], Iterator[str]]
"""Takes the folder with the data and a scratch folder, and yields lines."""


def data_parser(about: str | None) -> argparse.ArgumentParser:
    """Return a parser of `--data`, a folder with photos and targets."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--data", type=Path, required=True, help="folder with photos and targets")
    return parser


def run_parts(parts: Mapping[str, Part], about: str | None, name: str) -> None:
    """Run the parts that the command line asks for, each in a scratch folder, and print them.

    The lines are saved as `media/output/benchmark-NAME.json`, too.
    """
    parser = data_parser(about)
    parser.add_argument("--only", nargs="+", choices=parts, default=list(parts))
    arguments = parser.parse_args()
    figures: dict[str, list[str]] = {}
    for part in arguments.only:
        figures[part] = []
        with tempfile.TemporaryDirectory() as scratch:
            for line in parts[part](arguments.data.resolve(), Path(scratch)):
                figures[part].append(line)
                print(line, flush=True)
    output = PROJECT / "media" / "output"
    output.mkdir(parents=True, exist_ok=True)
    (output / f"benchmark-{name}.json").write_text(json.dumps(figures, indent=2))
