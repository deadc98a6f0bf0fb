"""What a Dockerfile says, as steps, and the settings of the image that they add up to."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

from dockerfile_parse import DockerfileParser

from photomosaic.errors import InputError

_BASE = re.compile(r"python:(3\.\d+)\.\d+-slim-([a-z]+)")
_BEFORE_COMMAND = re.compile(r"(--\S+\s+)*CMD\s+")


@dataclass(frozen=True)
class Step:
    """One instruction of a Dockerfile.

    Attributes
    ----------
    keyword : str
        In capitals, as `RUN`.
    value : str
        What stands behind it, joined to one line.
    line : int
        Where it begins, from 1.
    """

    keyword: str
    value: str
    line: int

    def refuse(self, why: str) -> InputError:
        """Return an error that names the line."""
        return InputError(f"Dockerfile, line {self.line}: {self.keyword} {why}")

    def __str__(self) -> str:
        text = " ".join(f"{self.keyword} {self.value}".split())
        return text if len(text) <= 60 else f"{text[:57]}..."


@dataclass(frozen=True)
class Copy:
    """What a COPY step names: sources in the project, a folder of the image, and its new owner."""

    sources: tuple[str, ...]
    target: str
    owner: str | None


@dataclass
class ImageSettings:
    """How containers of an image are started: the sum of the steps so far.

    Attributes
    ----------
    python, suite : str
        Of the base image: Python's minor version, as `3.13`, and the name of the Debian release.
    environment : dict
    user : str
        Name or number, with a colon and a group if one was named.
    folder : str
        Where programs start.
    command, health : tuple of str
        Words of CMD, and of HEALTHCHECK's.
    """

    python: str = ""
    suite: str = ""
    environment: dict[str, str] = field(
        default_factory=lambda: {"PATH": "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin"}
    )
    user: str = "0"
    folder: str = "/"
    command: tuple[str, ...] = ()
    health: tuple[str, ...] = ()

    def add(self, step: Step) -> None:
        """Take up a step.

        Raises
        ------
        InputError
            If the step says something that is not known here; it is never passed over.
        """
        match step.keyword:
            case "FROM":
                self.python, self.suite = _base(step)
            case "ENV":
                self.environment |= _variables(step)
            case "USER":
                self.user = step.value
            case "WORKDIR":
                self.folder = str(Path(self.folder, step.value))
            case "CMD":
                self.command = words(step)
            case "HEALTHCHECK":
                self.health = words(step, _BEFORE_COMMAND.sub("", step.value))
            case "RUN" | "COPY" | "EXPOSE":
                pass
            case _:
                raise step.refuse("is not known to the proof; teach it in docker_proof")


def read_steps(path: Path) -> list[Step]:
    """Return the instructions of a Dockerfile, in order."""
    with path.open("rb") as file:
        structure = DockerfileParser(fileobj=file).structure
    return [
        Step(part["instruction"], part["value"], part["startline"] + 1)
        for part in structure
        if part["instruction"] != "COMMENT"
    ]


def settings_of(steps: list[Step]) -> ImageSettings:
    """Return the settings of the image that all steps make."""
    settings = ImageSettings()
    for step in steps:
        settings.add(step)
    return settings


def words(step: Step, value: str | None = None) -> tuple[str, ...]:
    """Return the words of a command that is written as a JSON list."""
    try:
        found = json.loads(step.value if value is None else value)
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(word, str) for word in found):
        raise step.refuse("must be a list of words in double quotes")
    return tuple(found)


def copied(step: Step) -> Copy:
    """Return what a COPY step names."""
    names = shlex.split(step.value)
    flags = [name for name in names if name.startswith("--")]
    *sources, target = [name for name in names if not name.startswith("--")] or [""]
    owner = None
    for flag in flags:
        if not flag.startswith("--chown="):
            raise step.refuse(f"{flag} is not known to the proof")
        owner = flag.removeprefix("--chown=")
    if not sources or any(set("*?[$") & set(name) for name in names):
        raise step.refuse("must name files or folders, without patterns or variables")
    if not target.endswith("/") and target != ".":
        raise step.refuse(f"must end {target} with a slash, since it is a folder")
    return Copy(tuple(sources), target, owner)


def _base(step: Step) -> tuple[str, str]:
    found = _BASE.fullmatch(step.value)
    if found is None:
        raise step.refuse(f"{step.value} is no pinned image like python:3.13.5-slim-trixie")
    return found[1], found[2]


def _variables(step: Step) -> dict[str, str]:
    pairs = [word.partition("=") for word in shlex.split(step.value)]
    if "$" in step.value or not all(equals for _, equals, _ in pairs):
        raise step.refuse("must hold NAME=VALUE only, without other variables")
    return {name: value for name, _, value in pairs}
