"""The server of the page: its addresses, its token, and its end."""

from __future__ import annotations

import errno
import os
import secrets
import shlex
import socket
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from photomosaic.cli.command import Command
from photomosaic.cli.words import PageServed
from photomosaic.errors import InputError
from photomosaic.options.app import AppOptions, PageOptions
from photomosaic.progress import Work

if TYPE_CHECKING:
    from fastapi import FastAPI

    from photomosaic.app.running import Run
    from photomosaic.app.session import Session

TOKEN_VARIABLE = "PHOTOMOSAIC_TOKEN"  # noqa: S105 (the name of a variable)
SHORTEST_TOKEN = 16
SECONDS_TO_CLOSE = 2
MEDIA = Path(__file__).resolve().parents[2] / "media"
# Where launch.sh mounts them.
MOUNTED_PHOTOS = Path("/photos")
REQUIREMENTS = MEDIA.parent / "requirements-app.txt"


def serve(options: AppOptions, commands: Mapping[str, Command], work: Work) -> None:
    """Serve the page until Ctrl-C.

    Parameters
    ----------
    options : AppOptions
    commands : mapping of str to Command
        The scripts by name.
    work : Work
        Is notified of the link.

    Raises
    ------
    InputError
        If the library of the widgets is missing, the port is taken, or an option cannot be used.
    """
    try:
        import nicegui  # noqa: F401 (whether it is there)
    except ImportError as error:
        command = shlex.join([sys.executable, "-m", "pip", "install", "-r", str(REQUIREMENTS)])
        raise InputError(f"the page needs NiceGUI; install it: {command}") from error
    from photomosaic.app.places import Places
    from photomosaic.app.session import Session, tools_of

    page, token = options.page, _token()
    places = Places.of(page.folder or _default_folders(), page.savedir)
    with _listening(page) as listening:
        session = Session(tools_of(commands), places, options.cache)
        _fill_in_example(session)
        try:
            _run(session, listening, token, page, work)
        except KeyboardInterrupt:
            # How a server ends.
            pass
        finally:
            session.close()


def _default_folders() -> list[Path]:
    MEDIA.mkdir(exist_ok=True)
    mounted = [MOUNTED_PHOTOS] if MOUNTED_PHOTOS.is_dir() else []
    return [*mounted, Path.home(), MEDIA]


def _fill_in_example(session: Session) -> None:
    """Let the page begin with the example, as far as it is there and may be seen."""
    example = MEDIA / "example"
    begun = {
        "Mosaic": {"target": "astronaut.jpg", "codebook_dir": "photos"},
        "GIF": {"target": "astronaut.jpg", "codebook_dir": "photos"},
        "Video": {"target": "cat.mp4", "codebook_dir": "photos"},
        "Faces": {"target_face_dir": "faces", "photos_dir": "album"},
    }
    for tool, paths in begun.items():
        for name, path in paths.items():
            found = example / path
            if found.exists() and any(map(found.is_relative_to, session.places.roots)):
                session.values[tool][name] = str(found)


def _token() -> str:
    given = os.environ.get(TOKEN_VARIABLE, "")
    if not given:
        return secrets.token_urlsafe(24)
    if len(given) < SHORTEST_TOKEN or not given.isalnum():
        raise InputError(f"{TOKEN_VARIABLE}: needs {SHORTEST_TOKEN} letters and digits or more")
    return given


def _listening(page: PageOptions) -> socket.socket:
    """Return a socket that listens; raises `InputError` if it cannot."""
    try:
        found = socket.getaddrinfo(page.host, page.port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise InputError(f"--host {page.host}: is no address of this computer") from error
    listening = socket.socket(found[0], found[1])
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(found[4])
        listening.listen()
    except OSError as error:
        listening.close()
        raise InputError(_why_not_bound(page, error)) from error
    return listening


def _why_not_bound(page: PageOptions, error: OSError) -> str:
    if isinstance(error, PermissionError):
        return f"--port {page.port}: only the administrator may use it; take one above 1023"
    if error.errno == errno.EADDRINUSE:
        other = page.port % 65535 + 1
        return f"port {page.port} is taken; take another: --port {other}"
    return f"--host {page.host}: is no address of this computer"


def _run(
    session: Session, listening: socket.socket, token: str, page: PageOptions, work: Work
) -> None:
    """Serve until a signal comes."""
    import uvicorn
    from fastapi import FastAPI
    from nicegui import ui

    from photomosaic.app.guard import LOOPBACK, Guard
    from photomosaic.app.page import Page

    port = listening.getsockname()[1]
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    _add_addresses(app, session)
    ui.page("/")(lambda: Page(session) and None)
    ui.run_with(app, title="Photomosaic", dark=None, favicon="🖼️", tailwind=False)
    guard = Guard(app, token, port, everywhere=page.host not in LOOPBACK)

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            work.notify(PageServed(tuple(_links(page.host, port, token)), session.places.savedir))

    config = uvicorn.Config(
        guard, log_level="critical", timeout_graceful_shutdown=SECONDS_TO_CLOSE, lifespan="on"
    )
    Server(config).run(sockets=[listening])


def _links(host: str, port: int, token: str) -> list[str]:
    """Return the addresses of the page, that for other devices last."""
    names = ["127.0.0.1" if host in ("0.0.0.0", "::", "localhost") else host]  # noqa: S104 (asked)
    if host == "0.0.0.0" and (own := _own_address()):  # noqa: S104
        names.append(own)
    return [
        f"http://{f'[{name}]' if ':' in name else name}:{port}/?token={token}" for name in names
    ]


def _own_address() -> str | None:
    """Return this computer's address in its network; nothing is sent to find it."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            # An address for documentation (RFC 5737).
            asking.connect(("192.0.2.1", 9))
            return str(asking.getsockname()[0])
    except OSError:
        return None


def _add_addresses(app: FastAPI, session: Session) -> None:
    """Add the addresses of previews and results."""
    from fastapi import HTTPException, Response
    from fastapi.responses import FileResponse
    from starlette.background import BackgroundTask

    from photomosaic.app.results import found_in, write_zip

    def run_of(number: int) -> Run:
        if not 1 <= number <= len(session.runs):
            raise HTTPException(404)
        return session.runs[number - 1]

    @app.get("/preview/{number}.jpg")
    def show_preview(number: int) -> Response:
        picture = session.preview.picture
        if picture is None or picture.number < number:
            raise HTTPException(404)
        return Response(
            picture.jpeg, media_type="image/jpeg", headers={"cache-control": "no-store"}
        )

    @app.get("/results/{number}.zip")
    def pack(number: int) -> FileResponse:
        run = run_of(number)
        with tempfile.NamedTemporaryFile(suffix=".zip", delete=False) as file:
            write_zip(run.folder, file)
        removal = BackgroundTask(os.unlink, file.name)
        return FileResponse(file.name, filename=f"{run.folder.name}.zip", background=removal)

    @app.get("/results/{number}/{name:path}")
    def show_result(number: int, name: str, download: bool = False) -> FileResponse:
        path = found_in(run_of(number).folder, name)
        if path is None:
            raise HTTPException(404)
        return FileResponse(path, filename=path.name if download else None)
