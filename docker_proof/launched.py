"""What launch.sh asks Docker for, found by running it beside a program that is named docker."""

from __future__ import annotations

import argparse
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from docker_proof.container import CheckError, Container, Image, Mount

# Notes the token and the words of `docker run`; says that there is an image and no container.
_DOCKER = """\
#!/bin/sh
case "$1" in
container) exit 1 ;;
run) printf '%s\\0' "$JUPYTER_TOKEN" "$@" >"$NOTED" ;;
esac
"""


@dataclass(frozen=True)
class Launch:
    """A container as launch.sh starts it, and the token that it prints."""

    container: Container
    token: str


def launch(
    image: Image, project: Path, place: Path, user: int, *, photos: Path, display: str, cookie: Path
) -> Launch:
    """Run a project's launch.sh as a user, and start the container that it asks for.

    Parameters
    ----------
    image : Image
    project : Path
        A copy of the project that belongs to the user.
    place : Path
        An empty folder that the user can write in.
    user : int
    photos, cookie : Path
    display : str
        A value of DISPLAY, and the file that lets one use it.
    """
    tools = place / "tools"
    tools.mkdir()
    (tools / "docker").write_text(_DOCKER)
    (tools / "docker").chmod(0o755)
    noted = place / "noted"
    environment = {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "HOME": str(place),
        "NOTED": str(noted),
        "DISPLAY": display,
        "XAUTHORITY": str(cookie),
    }
    words = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    done = subprocess.run(
        [*words, "sh", str(project / "launch.sh"), str(photos)],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode or not noted.exists():
        raise CheckError(f"launch.sh ended with {done.returncode}:\n{done.stderr}")
    token, *asked = noted.read_text().split("\0")[:-1]
    if token not in done.stdout:
        raise CheckError("launch.sh does not print its token")
    return Launch(Container(image, *asked_for(asked, token)), token)


def asked_for(words: list[str], token: str) -> tuple[str | None, dict[str, str], list[Mount]]:
    """Return the user, variables and mounts of `docker run` with these words.

    Raises
    ------
    CheckError
        If there is an option or a kind of mount that is not known here.
    """
    parser = argparse.ArgumentParser("docker", exit_on_error=False, allow_abbrev=False)
    for name in ("--rm", "--init", "--detach"):
        parser.add_argument(name, action="store_true")
    # In a network of its own there is nothing to publish, and all have the name of this machine.
    for name in ("--name", "--user", "--publish", "--hostname", "--security-opt"):
        parser.add_argument(name)
    for name in ("--env", "--mount"):
        parser.add_argument(name, action="append", default=[])
    parser.add_argument("run")
    parser.add_argument("image")
    options, unknown = parser.parse_known_args(words)
    if unknown:
        raise CheckError(f"the proof does not know of docker run {' '.join(unknown)}")
    variables = dict(word.partition("=")[::2] for word in options.env)
    if "JUPYTER_TOKEN" in variables:
        variables["JUPYTER_TOKEN"] = token
    return options.user, variables, [_mount(text) for text in options.mount]


def _mount(text: str) -> Mount:
    fields = dict(field.partition("=")[::2] for field in text.split(","))
    if fields["type"] != "bind":
        raise CheckError(f"the proof knows no mount of the type {fields['type']}")
    return Mount(Path(fields["source"]), fields["target"], "readonly" in fields)
