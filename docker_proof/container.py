"""A container of the image: the root with a layer of its own above, mounts, a user, variables."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from docker_proof.dockerfile import ImageSettings
from docker_proof.root import bind, entering, mount, mount_system
from photomosaic.errors import PhotomosaicError

MOST_SECONDS = 600.0


class CheckError(PhotomosaicError):
    """The image does not do what it is to do."""

    exit_code = 1


@dataclass(frozen=True)
class Mount:
    """A file or folder of this machine, and where a container sees it."""

    source: Path
    target: str
    read_only: bool = False


@dataclass
class Image:
    """A root that was built, and how its containers are started."""

    root: Path
    settings: ImageSettings
    # Where the containers' own layers lie.
    layers: Path


@dataclass
class Container:
    """A container, in which programs can be run as long as the mounts last."""

    image: Image
    user: str | None = None
    environment: dict[str, str] = field(default_factory=dict)
    mounts: Sequence[Mount] = ()
    root: Path = field(init=False)

    def __post_init__(self) -> None:
        layer = Path(tempfile.mkdtemp(dir=self.image.layers))
        mount("tmpfs", layer, "-t", "tmpfs")
        for name in ("changed", "work", "root"):
            (layer / name).mkdir()
        self.root = layer / "root"
        lower, upper, work = self.image.root, layer / "changed", layer / "work"
        options = f"lowerdir={lower},upperdir={upper},workdir={work}"
        mount("overlay", self.root, "-t", "overlay", "-o", options)
        mount_system(self.root)
        for each in self.mounts:
            bind(each.source, self.path(each.target), read_only=each.read_only)

    def path(self, inside: str) -> Path:
        """Return the path on this machine of an absolute one in the container, or in its folder."""
        return self.root / Path(self.image.settings.folder, inside).relative_to("/")

    def command(self, words: Sequence[str]) -> list[str]:
        """Return the words that run others in the container."""
        settings = self.image.settings
        return entering(self.root, words, user=self.user or settings.user, folder=settings.folder)

    def variables(self, **more: str) -> dict[str, str]:
        """Return the environment of a program in the container."""
        return {**self.image.settings.environment, **self.environment, **more}

    def run(self, *words: str) -> str:
        """Run a program to its end, and return what it printed.

        Raises
        ------
        CheckError
            If it fails, with the end of what it told.
        """
        done = subprocess.run(
            self.command(words),
            env=self.variables(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=MOST_SECONDS,
        )
        if done.returncode:
            raise CheckError(
                f"{' '.join(words)} ended with {done.returncode}:\n{done.stderr[-3000:]}"
            )
        return done.stdout

    def fails(self, *words: str) -> bool:
        """Return whether a program fails."""
        try:
            self.run(*words)
        except CheckError:
            return True
        return False

    @contextmanager
    def running(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """Run a program as long as the block lasts."""
        with (
            tempfile.TemporaryFile("w+") as told,
            subprocess.Popen(
                self.command(words),
                env=self.variables(),
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=subprocess.STDOUT,
                text=True,
            ) as process,
        ):
            try:
                yield process
            except CheckError as error:
                told.seek(0)
                raise CheckError(f"{error}\n{told.read()[-3000:]}") from error
            finally:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
