"""Pages put into one HTML file, with a policy that lets only their own scripts run."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping

GENERATOR = '<meta name="generator" content="photomosaic'
"""In the first lines of every page that this toolkit makes."""
HEAD_BYTES = 4096
"""That these lines fit in."""

_POLICY = re.compile(r'(?<=http-equiv="Content-Security-Policy" content=")[^"]*')
_LINK = re.compile(r'<link rel="stylesheet" href="([^"]+)">')
_SCRIPT = re.compile(r'<script src="([^"]+)"></script>')


def files_named(page: str) -> list[str]:
    """Return the names of the scripts and styles that a page loads, scripts first."""
    return [*_SCRIPT.findall(page), *_LINK.findall(page)]


def in_one_file(page: str, texts: Mapping[str, str], images: str = "data:") -> str:
    """Return a page with its styles and scripts inside.

    Parameters
    ----------
    page : str
        HTML with a content security policy.
    texts : mapping of str to str
        What the files that `files_named` returns contain.
    images : str
        Where the policy lets images come from.
    """
    page = _POLICY.sub(_policy([texts[name] for name in _SCRIPT.findall(page)], images), page)
    page = _LINK.sub(lambda match: f"<style>{texts[match[1]]}</style>", page)
    return _SCRIPT.sub(lambda match: f"<script>{_safe(texts[match[1]])}</script>", page)


def _safe(script: str) -> str:
    """Return a script that does not end its element early (HTML, restrictions for scripts)."""
    return script.replace("</", "<\\/").replace("<!--", "<\\!--")


def _policy(scripts: list[str], images: str) -> str:
    """Return a policy that lets these scripts run, and nothing be fetched but images."""
    hashes = [hashlib.sha256(_safe(script).encode()).digest() for script in scripts]
    known = " ".join(f"'sha256-{base64.b64encode(each).decode('ascii')}'" for each in hashes)
    return (
        f"default-src 'none'; script-src {known}; style-src 'unsafe-inline'; img-src {images};"
        " base-uri 'none'; form-action 'none'"
    )
