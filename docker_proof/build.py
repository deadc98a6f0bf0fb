"""Carry out the steps of the Dockerfile in a root, as `docker build` does."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from docker.utils import exclude_paths

from docker_proof.dockerfile import ImageSettings, Step, copied, read_steps
from docker_proof.host import Network, find_network
from docker_proof.root import building, entering, ids, make_base, run
from photomosaic.cli.console import Parser
from photomosaic.cli.console import run as run_script
from photomosaic.errors import InputError

DOCKERFILE = "Dockerfile"


def build(project: Path, root: Path, network: Network) -> None:
    """Make the root out of the project's Dockerfile, and print what each step takes.

    Raises
    ------
    InputError
        If a step fails, or says something that is not known here.
    """
    settings = ImageSettings()
    size = 0.0
    for step in read_steps(project / DOCKERFILE):
        start = time.perf_counter()
        settings.add(step)
        _carry_out(step, settings, project, root, network)
        before, size = size, megabytes(root)
        print(f"{time.perf_counter() - start:6.1f} s {size - before:+8.1f} MB  {step}", flush=True)
    print(f"the whole image: {size:.0f} MB", flush=True)


def _carry_out(
    step: Step, settings: ImageSettings, project: Path, root: Path, network: Network
) -> None:
    match step.keyword:
        case "FROM":
            make_base(root, settings, network)
        case "RUN":
            words = entering(
                root, ["/bin/sh", "-c", step.value], user=settings.user, folder=settings.folder
            )
            with building(root, network):
                run(words, settings.environment | network.environment)
        case "WORKDIR":
            (root / settings.folder.lstrip("/")).mkdir(parents=True, exist_ok=True)
        case "COPY":
            copy(step, settings.folder, project, root)


def copy(step: Step, folder: str, project: Path, root: Path) -> None:
    """Copy what a COPY step names, without what .dockerignore leaves out.

    A folder that is there keeps its owner, as with Docker.
    """
    names = copied(step)
    target = Path(root, Path(folder, names.target).relative_to("/"))
    uid, gid = ids(root, names.owner) if names.owner else (0, 0)
    if not target.exists():
        target.mkdir(parents=True)
        os.chown(target, uid, gid)
    context = build_context(project)
    for source in names.sources:
        found = [path for path in context if path.is_relative_to(source)]
        if not found:
            raise step.refuse(f"{source} is not there, or is left out by .dockerignore")
        # Of a folder, what it holds is copied; of a file, the file.
        start = Path(source) if (project / source).is_dir() else Path(source).parent
        for path in found:
            _copy_one(project / path, target / path.relative_to(start), uid, gid)


def build_context(project: Path) -> list[Path]:
    """Return the paths, relative to the project, that `docker build` sends; parents come first."""
    ignore = project / ".dockerignore"
    lines = ignore.read_text().splitlines() if ignore.exists() else []
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return sorted(Path(path) for path in exclude_paths(str(project), patterns, DOCKERFILE))


def _copy_one(source: Path, target: Path, uid: int, gid: int) -> None:
    if source.is_dir() and not source.is_symlink():
        if target.is_dir():
            return
        target.mkdir()
        shutil.copystat(source, target)
    else:
        shutil.copy2(source, target, follow_symlinks=False)
    os.chown(target, uid, gid, follow_symlinks=False)


def megabytes(folder: Path) -> float:
    """Return what a folder takes on the disk, in units of 1,000,000 bytes."""
    words = ["du", "--summarize", "--one-file-system", "--block-size=1", str(folder)]
    done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
    return int(done.stdout.split()[0]) / 1e6


def main(argv: Sequence[str] | None = None) -> int:
    """Build the image of a project in a folder; run by `docker_proof` with mounts of its own."""
    parser = Parser("docker_proof.build", description=__doc__)
    parser.add_argument("project", type=Path)
    parser.add_argument("root", type=Path)
    parser.add_argument("--mirror")
    parser.set_defaults(quiet=False, verbose=False)
    return run_script(parser, _build, argv)


def _build(arguments: argparse.Namespace) -> None:
    try:
        build(arguments.project, arguments.root, find_network(arguments.mirror))
    except OSError as error:
        raise InputError(f"{error.filename or arguments.root}: {error.strerror}") from error


if __name__ == "__main__":
    sys.exit(main())
