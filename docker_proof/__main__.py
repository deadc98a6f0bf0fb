"""Try the Dockerfile without Docker: carry out its steps in a new Debian root, and use the result.

Takes some minutes, 4 GB of disk and the network; everything but the pictures is removed again.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from photomosaic.cli.console import Parser, run
from photomosaic.errors import InputError, PhotomosaicError

PROJECT = Path(__file__).resolve().parents[1]
# The program, and the Debian package that holds it.
_PROGRAMS = {
    "debootstrap": "debootstrap",
    "apt-config": "apt",
    "chroot": "coreutils",
    "mount": "mount",
    "setpriv": "util-linux",
    "unshare": "util-linux",
    "xauth": "xauth",
    "Xvfb": "xvfb",
}
_APART = ["unshare", "--mount", "--pid", "--ipc", "--fork", "--kill-child", "--mount-proc"]
_WITHOUT_NETWORK = ["--net", "--uts"]
SECONDS_TO_TIDY = 20


class ProofError(PhotomosaicError):
    """A part of the proof failed, and has said why."""

    exit_code = 1


def build_parser() -> Parser:
    """Return the parser of this program's options."""
    parser = Parser("python -m docker_proof", description=__doc__)
    parser.add_argument("--mirror", help="Debian's archive; that of this machine's apt by default")
    parser.add_argument(
        "--workdir",
        type=Path,
        default=Path("/var/tmp"),  # noqa: S108 (a folder of a name of its own is made in it)
        help="the folder in which the root is made, and removed again",
    )
    parser.add_argument(
        "--savedir",
        type=Path,
        default=PROJECT / "media/output/docker-proof",
        help="the folder for a mosaic and a picture of the window",
    )
    parser.set_defaults(quiet=False, verbose=False)
    return parser


def check_machine() -> None:
    """Refuse where the proof cannot be made.

    Raises
    ------
    InputError
        If this is not root, or a program is missing.
    """
    if os.geteuid() != 0:
        raise InputError("makes mounts, so run it as root: sudo .venv/bin/python -m docker_proof")
    missing = [package for program, package in _PROGRAMS.items() if not shutil.which(program)]
    if missing:
        raise InputError(f"needs more programs: apt-get install {' '.join(dict.fromkeys(missing))}")


def prove(arguments: argparse.Namespace) -> None:
    """Build in a folder that is removed at the end, and check what was built.

    The mounts are seen by the parts alone and end with them, so nothing but files is removed here.
    """
    check_machine()
    if not arguments.workdir.is_dir():
        raise InputError(f"--workdir {arguments.workdir}: there is no such folder")
    with (
        _given_back(arguments.savedir),
        tempfile.TemporaryDirectory(prefix="docker-proof-", dir=arguments.workdir) as name,
    ):
        place = Path(name).resolve()
        place.chmod(0o755)
        mirror = [f"--mirror={arguments.mirror}"] if arguments.mirror else []
        _part([], "build", PROJECT, place / "root", *mirror)
        _part(_WITHOUT_NETWORK, "prove", PROJECT, place, arguments.savedir.resolve())


def _part(apart: list[str], module: str, *words: object) -> None:
    command = [*_APART, *apart, sys.executable, "-m", f"docker_proof.{module}", *map(str, words)]
    # In a group of its own, since unshare itself heeds no signal while it waits for the part.
    with subprocess.Popen(command, cwd=PROJECT, process_group=0) as process:
        try:
            status = process.wait()
        except KeyboardInterrupt:
            _end(process)
            raise
    if status:
        raise ProofError(f"stopped, since {module} failed; see above")


def _end(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(SECONDS_TO_TIDY)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def _given_back(folder: Path) -> Iterator[None]:
    """Make a folder, and let it and what comes into it belong to who called sudo."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    there_before = set(folder.iterdir())
    try:
        yield
    finally:
        uid, gid = os.environ.get("SUDO_UID"), os.environ.get("SUDO_GID")
        if uid and gid:
            for path in [*made, *set(folder.iterdir()) - there_before]:
                os.chown(path, int(uid), int(gid))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the proof and return its exit code."""
    return run(build_parser(), prove, argv, hide_libraries=False)


if __name__ == "__main__":
    sys.exit(main())
