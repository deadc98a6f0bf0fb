"""A Debian root in place of the base image, and how programs are run and paths mounted in it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from docker_proof.dockerfile import ImageSettings
from docker_proof.host import Network
from photomosaic.errors import InputError

# What the slim images hold besides the smallest Debian, with Debian's Python for theirs.
_PACKAGES = "ca-certificates,netbase,tzdata,python3,python3-venv"
# As Debian's images are set up: no downloaded packages stay.
_CLEAN = """\
APT::Keep-Downloaded-Packages "false";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
"""
_APT_SETTINGS = "etc/apt/apt.conf.d/99-of-the-build"


def make_base(root: Path, settings: ImageSettings, network: Network) -> None:
    """Make what takes the place of the base image.

    Python lies in /usr/local, as in the official images, in a virtual environment: so pip takes it
    for its own and not for Debian's.

    Raises
    ------
    InputError
        If this Debian has another Python than the base image.
    """
    release = ["--variant=minbase", f"--include={_PACKAGES}", settings.suite]
    run(["debootstrap", *release, str(root), network.mirror])
    version = output(root, ["python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
    if version.strip() != settings.python:
        raise InputError(
            f"Debian {settings.suite} has Python {version.strip()}, and the base image"
            f" {settings.python}; take an image in which both are the same"
        )
    (root / "etc/apt/apt.conf.d/docker-clean").write_text(_CLEAN)
    run(entering(root, ["python3", "-m", "venv", "/usr/local"]))
    run(entering(root, ["apt-get", "clean"]))
    for path in (root / "var/lib/apt/lists").glob("*_*"):
        path.unlink()


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
    """Run a command, and show what it tells only if it fails.

    Raises
    ------
    InputError
        If it fails; with the end of what it told.
    """
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode:
        told = "\n".join(done.stdout.splitlines()[-30:])
        raise InputError(f"{' '.join(command[:12])} ended with {done.returncode}:\n{told}")


def output(root: Path, words: Sequence[str]) -> str:
    """Return what a program in a root prints."""
    return subprocess.run(
        entering(root, words), check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def entering(root: Path, words: Sequence[str], *, user: str = "0", folder: str = "/") -> list[str]:
    """Return the command that runs words in a root, as a user and in a folder of it."""
    uid, gid = ids(root, user)
    place = [f"--userspec={uid}:{gid}", f"--groups={gid}", str(root)]
    return ["chroot", *place, "/usr/bin/env", f"--chdir={folder}", *words]


def ids(root: Path, user: str) -> tuple[int, int]:
    """Return the numbers of `user` or `user:group`, as Docker does: a lone number has group 0."""
    name, _, group = user.partition(":")
    known = {row[0]: (int(row[2]), int(row[3])) for row in _table(root / "etc/passwd")}
    groups = {row[0]: int(row[2]) for row in _table(root / "etc/group")}
    by_number = {uid: (uid, gid) for uid, gid in known.values()}
    try:
        uid, gid = by_number.get(int(name), (int(name), 0)) if name.isdecimal() else known[name]
        if group:
            gid = int(group) if group.isdecimal() else groups[group]
    except KeyError as error:
        raise InputError(f"USER or --chown {user}: the image knows no {error}") from error
    return uid, gid


def _table(path: Path) -> list[list[str]]:
    return [line.split(":") for line in path.read_text().splitlines()]


def mount(source: Path | str, target: Path, *options: str) -> None:
    """Mount something at a path, which is made if it is not there."""
    if Path(source).is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    else:
        target.mkdir(parents=True, exist_ok=True)
    run(["mount", *options, str(source), str(target)])


def bind(source: Path, target: Path, *, read_only: bool = False) -> None:
    """Show a file or folder of this machine at another path as well."""
    mount(source, target, "--bind")
    if read_only:
        run(["mount", "-o", "remount,ro,bind", str(target)])


def mount_system(root: Path) -> None:
    """Mount what the kernel gives, and a shared memory as large as Docker's."""
    mount("proc", root / "proc", "-t", "proc")
    mount("sysfs", root / "sys", "-t", "sysfs", "-o", "ro")
    mount("devpts", root / "dev/pts", "-t", "devpts", "-o", "newinstance,ptmxmode=0666,mode=620")
    mount("tmpfs", root / "dev/shm", "-t", "tmpfs", "-o", "size=64m,mode=1777")


@contextmanager
def building(root: Path, network: Network) -> Iterator[None]:
    """Give a root the system and the network for a step of the build, and take them away again."""
    with ExitStack() as after:
        settings = root / _APT_SETTINGS
        settings.write_text(network.apt)
        after.callback(settings.unlink)
        for path in network.paths:
            target = root / path.relative_to("/")
            for made in _missing(target, path.is_dir()):
                after.callback(_remove_empty, made)
            bind(path, target, read_only=True)
            after.callback(run, ["umount", str(target)])
        mount_system(root)
        for name in ("dev/shm", "dev/pts", "sys", "proc"):
            after.callback(run, ["umount", str(root / name)])
        yield


def _missing(target: Path, is_folder: bool) -> list[Path]:
    """Make a path and what it lies in, and return what was not there, the outermost first."""
    missing = [path for path in [*reversed(target.parents), target] if not path.exists()]
    for path in missing:
        if path == target and not is_folder:
            path.touch()
        else:
            path.mkdir()
    return missing


def _remove_empty(path: Path) -> None:
    if path.is_dir():
        path.rmdir()
    else:
        path.unlink()
