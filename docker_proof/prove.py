"""Check containers of an image that was built; in a network of its own, which leads nowhere."""

from __future__ import annotations

import argparse
import fcntl
import os
import secrets
import shutil
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from docker_proof.build import DOCKERFILE, build_context
from docker_proof.checks import CHECKS, Proof, wait
from docker_proof.container import CheckError, Container, Image
from docker_proof.dockerfile import read_steps, settings_of
from docker_proof.launched import launch
from docker_proof.root import bind, mount
from docker_proof.root import run as run_words
from photomosaic.cli.console import Parser, run
from photomosaic.errors import PhotomosaicError

# Nobody in the image has it.
CALLER = 4321
SOCKETS = Path("/tmp/.X11-unix")  # noqa: S108 (where X servers put them)
SECONDS_TO_START = 20
_SET_FLAGS, _UP = 0x8914, 1  # SIOCSIFFLAGS and IFF_UP of linux/if.h


def start_loopback() -> None:
    """Make 127.0.0.1 reachable in a new network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SET_FLAGS, struct.pack("16sh22x", b"lo", _UP))


@contextmanager
def screen(place: Path, caller: int) -> Iterator[tuple[str, Path]]:
    """Run a virtual screen that asks for a cookie.

    Yields
    ------
    display : str
    cookie : Path
        The caller's file.
    """
    # In a view of this machine with a /tmp of its own, so that nothing is left there.
    view, cookie = place / "screen", place / "cookie"
    mount("/", view, "--rbind")
    mount("tmpfs", view / "tmp", "-t", "tmpfs", "-o", "mode=1777")
    cookie.touch(mode=0o600)
    words = ["-f", str(cookie), "add", f"{socket.gethostname()}/unix:0", "."]
    subprocess.run(["xauth", "-q", *words, secrets.token_hex(16)], check=True)
    shutil.copy(cookie, view / "tmp/cookie")
    os.chown(cookie, caller, caller)
    server = ["Xvfb", ":0", "-noreset", "-nolisten", "tcp", "-screen", "0", "1280x1024x24"]
    process = subprocess.Popen(
        ["chroot", str(view), *server, "-auth", "/tmp/cookie"],  # noqa: S108 (of its own)
        stderr=subprocess.DEVNULL,
    )
    made = not SOCKETS.exists()
    try:
        if not wait((view / "tmp/.X11-unix/X0").exists, SECONDS_TO_START):
            raise CheckError("Xvfb does not start")
        # Where launch.sh looks for it; seen by this process and those that it starts.
        bind(view / "tmp/.X11-unix", SOCKETS)
        yield ":0", cookie
        run_words(["umount", str(SOCKETS)])
    finally:
        process.terminate()
        process.wait()
        if made:
            SOCKETS.rmdir()


def copy_project(project: Path, target: Path, caller: int) -> None:
    """Copy what `docker build` sees of a project, for a caller to own."""
    for path in build_context(project):
        if (project / path).is_dir():
            (target / path).mkdir(parents=True, exist_ok=True)
        else:
            shutil.copy2(project / path, target / path)
    for path in [target, *target.rglob("*")]:
        os.chown(path, caller, caller, follow_symlinks=False)


def prove(project: Path, place: Path, savedir: Path) -> None:
    """Make all checks, print what each found, and keep pictures to look at.

    Raises
    ------
    CheckError
        If one fails; the others are made all the same.
    """
    start_loopback()
    layers, home = place / "layers", place / "home of 100%"
    layers.mkdir()
    home.mkdir()
    os.chown(home, CALLER, CALLER)
    image = Image(place / "root", settings_of(read_steps(project / DOCKERFILE)), layers)
    copy_project(project, home / "my project", CALLER)
    example = Container(image)
    example.run("python", "-m", "photomosaic.example")
    shutil.copytree(example.path("media/example/photos"), home / "my photos")
    with screen(place, CALLER) as (display, cookie):
        launched = launch(
            image, home / "my project", home, CALLER,
            photos=home / "my photos", display=display, cookie=cookie,
        )  # fmt: skip
        failed = _make_checks(Proof(image, launched, savedir))
    if failed:
        raise CheckError(f"{failed} of {len(CHECKS)} checks failed")
    print(f"all {len(CHECKS)} checks passed; pictures to look at: {savedir}")


def _make_checks(proof: Proof) -> int:
    failed = 0
    for check in CHECKS:
        start = time.perf_counter()
        name = check.__name__.removeprefix("check_")
        try:
            told = f"passed  {name}: {check(proof)}"
        except (PhotomosaicError, OSError, subprocess.TimeoutExpired) as error:
            failed += 1
            told = f"FAILED  {name}: {error}"
        print(f"{time.perf_counter() - start:6.1f} s  {told}", flush=True)
    return failed


def main(argv: Sequence[str] | None = None) -> int:
    """Check an image; run by `docker_proof` with mounts and a network of its own."""
    parser = Parser("docker_proof.prove", description=__doc__)
    parser.add_argument("project", type=Path)
    parser.add_argument("place", type=Path)
    parser.add_argument("savedir", type=Path)
    parser.set_defaults(quiet=False, verbose=False)
    return run(parser, _prove, argv, hide_libraries=False)


def _prove(arguments: argparse.Namespace) -> None:
    prove(arguments.project, arguments.place, arguments.savedir)


if __name__ == "__main__":
    sys.exit(main())
