"""The options of app.py."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from photomosaic import ranges
from photomosaic.options.fields import Options, option
from photomosaic.options.photos import CacheOptions, MessageOptions


@dataclass(frozen=True, kw_only=True)
class PageOptions(Options):
    """What the page may read, where results go, and who reaches it."""

    heading: ClassVar[str] = "page"

    folder: tuple[Path, ...] = option(
        (),
        "folder that the page may look into; repeatable (default: your home folder, and media of"
        " this project)",
        metavar="DIR",
    )
    savedir: Path = option(
        Path("media/output/app"),
        "folder of the results; each run makes a new folder in it",
        metavar="DIR",
    )
    host: str = option(
        "127.0.0.1",
        "address to listen on; 0.0.0.0 lets other devices in your network open the link, such as a"
        " phone",
        metavar="ADDRESS",
    )
    port: int = option(8080, "port to listen on", ranges.PORT)


@dataclass(frozen=True, kw_only=True)
class AppOptions:
    """The options of app.py."""

    page: PageOptions
    cache: CacheOptions
    messages: MessageOptions
