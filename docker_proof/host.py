"""How this machine reaches Debian's and Python's packages, to be handed into the root."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from photomosaic.errors import InputError

# Debian's own main archive, and not that of its security updates.
_ARCHIVE = "Debian|Debian|"
_PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy")
_CERTIFICATES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_PIP_OPTIONS = (
    "cert", "client-cert", "constraint", "default-timeout", "extra-index-url", "find-links",
    "index-url", "no-index", "proxy", "retries", "timeout", "trusted-host",
)  # fmt: skip


@dataclass(frozen=True)
class Network:
    """What a build needs to reach packages; as little of it stays in the image as with Docker.

    Attributes
    ----------
    mirror : str
        Of Debian.
    apt : str
        Settings, in the syntax of apt.conf.
    environment : dict
        Proxies, certificates, and pip's settings.
    paths : tuple of Path
        Files and folders of this machine that the settings name.
    """

    mirror: str
    apt: str
    environment: dict[str, str]
    paths: tuple[Path, ...]


def find_network(mirror: str | None) -> Network:
    """Return how this machine reaches packages, with Debian's mirror if one is named."""
    names = [*_CERTIFICATES, *_PROXIES, *(name.upper() for name in _PROXIES)]
    environment = {name: os.environ[name] for name in names if name in os.environ}
    environment |= pip_environment(_output(sys.executable, "-m", "pip", "config", "list"))
    # Docker hands on these two as well.
    paths = [Path("/etc/resolv.conf"), Path("/etc/hosts"), *named_paths(environment)]
    apt = [line for line in _output("apt-config", "dump", "Acquire").splitlines() if _lasting(line)]
    return Network(mirror or _find_mirror(), "\n".join(apt) + "\n", environment, tuple(paths))


def pip_environment(listed: str) -> dict[str, str]:
    """Return what `pip config list` tells of networks and packages, as variables for pip."""
    found: dict[str, str] = {}
    # Those of the environment come first in the list, and win.
    for line in reversed(listed.splitlines()):
        key, _, value = line.partition("=")
        section, _, option = key.rpartition(".")
        if section in {":env:", "global", "install"} and option in _PIP_OPTIONS:
            found[f"PIP_{option.upper().replace('-', '_')}"] = str(ast.literal_eval(value))
    return found


def named_paths(environment: dict[str, str]) -> list[Path]:
    """Return the files and folders that exist among the values, bare or as file: addresses.

    Of an index of packages on this machine it is the folder around it, since the pages of an index
    lead to files beside it.
    """
    words = {word for value in environment.values() for word in value.split()}
    bare = {Path(word) for word in words if word.startswith("/")}
    addresses = {word for word in words if word.startswith("file:")}
    around = {Path(url2pathname(urlsplit(word).path)).parent for word in addresses}
    return sorted(path for path in bare | around if path.exists() and path != Path("/"))


def _find_mirror() -> str:
    fields = "$(ORIGIN)|$(LABEL)|$(REPO_URI)"
    listed = _output("apt-get", "indextargets", "--format", fields, "Created-By: Packages")
    mirrors = [line.removeprefix(_ARCHIVE) for line in listed.splitlines() if _ARCHIVE in line]
    if not mirrors:
        raise InputError("apt knows no Debian archive here; run apt-get update, or name --mirror")
    return mirrors[0]


def _lasting(line: str) -> bool:
    return not line.startswith(("Acquire::IndexTargets", "Acquire::Changelogs", 'Acquire "'))


def _output(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout
