"""What containers of the image are to do: each check returns what it found, or raises."""

from __future__ import annotations

import json
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from docker_proof.container import CheckError, Container, Image
from docker_proof.launched import Launch

_PROGRAMS = {"ffmpeg": "-version", "gifsicle": "--version", "magick": "-version"}
_BUILD_TOOLS = ("gcc", "cc", "g++", "make", "cmake", "ld", "dpkg-buildpackage", "git")
# Folders that a build fills and an image does not need.
_LEFTOVERS = ("var/lib/apt/lists", "var/cache/apt/archives", "root/.cache", "home/mosaic/.cache")
_MOSAIC = "media/output/astronaut-mosaic.jpg"
_SERVER = "http://127.0.0.1:8888"
SECONDS_TO_ANSWER = 90.0


@dataclass(frozen=True)
class Proof:
    """What the checks are made with.

    Attributes
    ----------
    image : Image
    launched : Launch
        As launch.sh starts it, by another user.
    savedir : Path
        Where pictures to look at are kept.
    """

    image: Image
    launched: Launch
    savedir: Path


def check_contents(proof: Proof) -> str:
    """Run the programs, and look for what was only needed to build."""
    container = Container(proof.image)
    for program, option in _PROGRAMS.items():
        container.run(program, option)
    code = f"import json, shutil; print(json.dumps([t for t in {_BUILD_TOOLS} if shutil.which(t)]))"
    tools = json.loads(container.run("python", "-c", code))
    if tools:
        raise CheckError(f"build tools were left in the image: {', '.join(tools)}")
    for folder in _LEFTOVERS:
        left = [path for path in (proof.image.root / folder).rglob("*") if path.is_file()]
        left = [path for path in left if path.name != "lock"]
        if left:
            raise CheckError(f"/{folder} was left in the image, with {left[0].name}")
    container.run("python", "-m", "pip", "check")
    return ", ".join(_PROGRAMS)


def check_demo(proof: Proof) -> str:
    """Make the demo's mosaic as the image's own user, in the image's own folder."""
    container = Container(proof.image)
    container.run("python", "-m", "photomosaic.example")
    words = ["--scale", "7", "--best-k", "3", "--tint", "0.5", "--opacity", "0.15"]
    result = container.run(*_mosaic_words("media/example/photos"), *words)
    shutil.copy(container.path(_MOSAIC), proof.savedir / "mosaic.jpg")
    return result.strip().splitlines()[-1]


def check_faces(proof: Proof) -> str:
    """Ask face_montage.py for its options, and find a face with dlib and the weights."""
    container = Container(proof.image)
    container.run("python", "face_montage.py", "--help")
    container.run("python", "-m", "photomosaic.example")
    folder = container.path("media/example/face")
    folder.mkdir()
    shutil.copy(container.path("media/example/astronaut.jpg"), folder)
    words = ["--target-face-dir", "media/example/face", "--photos-dir", "media/example/face"]
    told = container.run("python", "face_montage.py", *words, "--savedir", "media/output/faces")
    return told.strip().splitlines()[0]


def check_server(proof: Proof) -> str:
    """Start Jupyter as the image's own user, with a token of Jupyter's own making."""
    return _try_server(Container(proof.image))


def check_launched(proof: Proof) -> str:
    """Use it as launch.sh starts it: files belong to the caller, and photos can only be read."""
    container = proof.launched.container
    told = _try_server(container, proof.launched.token)
    container.run("python", "-m", "photomosaic.example")
    container.run(*_mosaic_words("/photos"), "--scale", "5")
    if not container.fails("touch", "/photos/new"):
        raise CheckError("/photos can be written to")
    project = container.path(".")
    owner = project.stat().st_uid
    others = [path for path in project.rglob("*") if path.lstat().st_uid != owner]
    if others or not container.path(_MOSAIC).exists():
        raise CheckError(f"files that do not belong to the caller: {others[:3]}")
    return f"{told}; all files belong to the caller {owner}; /photos is read-only"


def check_window(proof: Proof) -> str:
    """Open the window on the X server that launch.sh hands in, by its cookie."""
    container = proof.launched.container
    container.run("python", "-m", "photomosaic.example")
    words = ["--target", "media/example/astronaut.jpg", "--codebook-dir", "/photos"]
    words += ["--min-scale", "3", "--max-scale", "9"]
    # Without a window manager Qt now and then never draws a window; another try does.
    for _ in range(3):
        with container.running("python", "interactive.py", *words) as process:
            colours = wait(lambda: _photograph(container) or process.poll() is not None, 20)
            if colours and process.poll() is None:
                time.sleep(2)
                colours = _photograph(container)
                shutil.copy(container.path("/tmp/window.png"), proof.savedir / "window.png")  # noqa: S108
                return f"a window of {colours} colours"
            if process.poll() is not None:
                raise CheckError("interactive.py ended")
    raise CheckError("no window was drawn")


CHECKS: tuple[Callable[[Proof], str], ...] = (
    check_contents,
    check_demo,
    check_faces,
    check_server,
    check_launched,
    check_window,
)


def _mosaic_words(photos: str) -> list[str]:
    words = ["python", "mosaic.py", "--target", "media/example/astronaut.jpg"]
    return [*words, "--codebook-dir", photos, "--savepath", _MOSAIC]


def _try_server(container: Container, token: str | None = None) -> str:
    """Start CMD, and return what was seen of the token, the health check and a notebook."""
    settings = container.image.settings
    start = time.perf_counter()
    with container.running(*settings.command) as process:
        wait(lambda: _status("/api") or process.poll() is not None, SECONDS_TO_ANSWER)
        if _status("/api") != 200:
            raise CheckError("Jupyter does not answer")
        seconds = time.perf_counter() - start
        token = token or json.loads(container.run("jupyter", "server", "list", "--json"))["token"]
        asked = [_status("/api/contents", each) for each in (None, token, "wrong")]
        if asked != [403, 200, 403]:
            raise CheckError(f"without token, with it, with a wrong one: {asked}")
        container.run(*settings.health)
        container.run("jupyter", "execute", "notebooks/explore.ipynb")
    if not container.fails(*settings.health):
        raise CheckError("the health check says that all is well when Jupyter has ended")
    return f"Jupyter after {seconds:.1f} s, 403 without token, healthy, notebook ran"


def _status(path: str, token: str | None = None) -> int:
    request = urllib.request.Request(_SERVER + path)  # noqa: S310 (an address of our own)
    if token is not None:
        request.add_header("Authorization", f"token {token}")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def _photograph(container: Container) -> int:
    """Save a picture of the screen, and return how many colours are not the ground's."""
    code = (
        "from PIL import ImageGrab\n"
        "picture = ImageGrab.grab(xdisplay='')\n"
        "picture.save('/tmp/window.png')\n"
        "print(len(picture.getcolors(2**24)) - 1)"
    )
    return int(container.run("python", "-c", code))


def wait(condition: Callable[[], object], seconds: float) -> object:
    """Return what a condition returns once that is something, or at the end of the seconds."""
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.2)
    return found
