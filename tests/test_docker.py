from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
SCRIPTS = ["build.sh", "launch.sh", "enter.sh"]
TOOLS = ["sh", "dirname", "id", "od", "tr", "uname"]

# Notes its words and the token; fails where it is told to, and says that the container runs.
FAKE_DOCKER = """
import json, os, sys

words = sys.argv[1:]
with open(os.environ["CALLS"], "a") as calls:
    calls.write(json.dumps([words, os.environ.get("JUPYTER_TOKEN")]) + "\\n")
if "-f" in words:
    print("true")
for start, status in json.loads(os.environ["STATUS"]).items():
    if " ".join(words).startswith(start):
        sys.exit(status)
"""
LAUNCHABLE = {"container inspect": 1}


class Docker:
    """The scripts in a folder of their own, beside a fake Docker."""

    def __init__(self, folder: Path) -> None:
        self.project, self.tools = folder / "my project 100%", folder / "tools"
        self.project.mkdir()
        self.tools.mkdir()
        for name in [*SCRIPTS, "docker.sh"]:
            shutil.copy(PROJECT / name, self.project)
        for name in TOOLS:
            (self.tools / name).symlink_to(str(shutil.which(name)))
        (self.tools / "fake.py").write_text(FAKE_DOCKER)
        words = [sys.executable, "-I", "-S", str(self.tools / "fake.py")]
        (self.tools / "docker").write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        (self.tools / "docker").chmod(0o755)
        self.calls = folder / "calls"
        self.environment = {"PATH": str(self.tools), "CALLS": str(self.calls), "HOME": str(folder)}

    def run(self, script, *words, status=(), cwd="/", **environment):
        self.calls.write_text("")
        return subprocess.run(
            ["sh", self.project / script, *words],
            cwd=cwd,
            env={**self.environment, "STATUS": json.dumps(dict(status)), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    def last(self) -> tuple[list[str], str | None]:
        words, token = json.loads(self.calls.read_text().splitlines()[-1])
        return words, token


@pytest.fixture
def docker(tmp_path):
    return Docker(tmp_path)


def assert_advice(result, *words):
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1, result.stderr
    for word in words:
        assert word in result.stderr


def pairs(words):
    return set(pairwise(words))


def test_hadolint_finds_nothing():
    beside_python = str(Path(sys.executable).parent)
    hadolint = shutil.which("hadolint", path=beside_python) or shutil.which("hadolint")
    if hadolint is None:
        pytest.skip("there is no hadolint")
    result = subprocess.run([hadolint, PROJECT / "Dockerfile"], capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (0, "")


def test_code_is_copied_after_everything_heavy_and_the_base_is_pinned():
    text = (PROJECT / "Dockerfile").read_text()
    assert re.match(r"FROM python:3\.\d+\.\d+-slim-\w+\n", text)
    assert text.index("COPY --chown") > text.rindex("\nRUN")
    assert "build-essential" not in text
    assert "HEALTHCHECK" in text


@pytest.mark.parametrize("script", SCRIPTS)
def test_without_docker(docker, script):
    (docker.tools / "docker").unlink()
    assert_advice(docker.run(script), "not installed", "https://")


@pytest.mark.parametrize("script", SCRIPTS)
def test_docker_does_not_run(docker, script):
    assert_advice(docker.run(script, status={"info": 1}), script, "does not run")


def test_build(docker):
    assert docker.run("build.sh", "--no-cache").returncode == 0
    assert docker.last()[0] == ["build", "--tag", "photomosaic", "--no-cache", "."]


def test_launch(docker):
    result = docker.run("launch.sh", status=LAUNCHABLE)
    assert result.returncode == 0, result.stderr
    words, token = docker.last()
    assert words[0] == "run"
    assert words[-1] == "photomosaic"
    assert "--rm" in words
    assert {
        ("--publish", "127.0.0.1:8888:8888"),
        ("--user", f"{os.getuid()}:{os.getgid()}"),
        ("--mount", f"type=bind,source={docker.project},target=/photomosaic"),
        ("--env", "JUPYTER_TOKEN"),
    } <= pairs(words)
    assert re.fullmatch("[0-9a-f]{48}", token)
    assert f"http://127.0.0.1:8888/lab?token={token}\n" in result.stdout
    assert not any(token in word or "DISPLAY" in word or "/photos" in word for word in words)


def test_each_launch_has_a_token_of_its_own(docker):
    tokens = set()
    for _ in range(2):
        docker.run("launch.sh", status=LAUNCHABLE)
        tokens.add(docker.last()[1])
    assert len(tokens) == 2


@pytest.mark.parametrize("how", ["argument", "variable", "relative"])
def test_photos_are_mounted_read_only(docker, tmp_path, how):
    photos = tmp_path / "it's 100% mine"
    photos.mkdir()
    words = [] if how == "variable" else [photos.name if how == "relative" else str(photos)]
    variables = {"PHOTOS": str(photos)} if how == "variable" else {}
    docker.run("launch.sh", *words, status=LAUNCHABLE, cwd=tmp_path, **variables)
    mount = f"type=bind,source={photos},target=/photos,readonly"
    assert ("--mount", mount) in pairs(docker.last()[0])


def test_another_port(docker):
    result = docker.run("launch.sh", status=LAUNCHABLE, PORT="9000")
    assert ("--publish", "127.0.0.1:9000:8888") in pairs(docker.last()[0])
    assert "http://127.0.0.1:9000/" in result.stdout


@pytest.mark.parametrize("port", ["0", "65536", "-1", "80:80", "a", "999999"])
def test_a_wrong_port(docker, port):
    assert_advice(docker.run("launch.sh", PORT=port), "PORT", port)
    assert docker.calls.read_text() == ""


@pytest.mark.parametrize(
    ("words", "status", "advice"),
    [
        (["gone"], LAUNCHABLE, "gone: there is no such folder"),
        (["a", "b"], LAUNCHABLE, "one folder"),
        ([], {"image inspect": 1}, "sh build.sh"),
        ([], {}, "docker rm -f photomosaic"),
        ([], {**LAUNCHABLE, "run": 125}, "PORT=8889"),
    ],
)
def test_what_keeps_it_from_starting(docker, words, status, advice):
    assert_advice(docker.run("launch.sh", *words, status=status), advice)


def test_ctrl_c_is_a_good_end(docker):
    assert docker.run("launch.sh", status={**LAUNCHABLE, "run": 130}).returncode == 0


def test_a_mac_shows_windows_in_xquartz(docker):
    (docker.tools / "uname").unlink()
    (docker.tools / "uname").write_text("#!/bin/sh\necho Darwin\n")
    (docker.tools / "uname").chmod(0o755)
    result = docker.run("launch.sh", status=LAUNCHABLE)
    assert ("--env", "DISPLAY=host.docker.internal:0") in pairs(docker.last()[0])
    assert "xhost" in result.stderr


@pytest.mark.skipif(not Path("/tmp/.X11-unix").is_dir(), reason="there is no X11 socket")  # noqa: S108
def test_linux_hands_on_the_display_and_its_cookie(docker, tmp_path):
    (tmp_path / ".Xauthority").write_text("")
    docker.run("launch.sh", status=LAUNCHABLE, DISPLAY=":7")
    words = docker.last()[0]
    assert ("--env", "DISPLAY=:7") in pairs(words)
    cookie = f"type=bind,source={tmp_path}/.Xauthority,target=/tmp/.Xauthority,readonly"
    assert ("--mount", cookie) in pairs(words)


def test_enter_opens_a_shell_or_runs_a_command(docker):
    docker.run("enter.sh")
    assert docker.last()[0] == ["exec", "-i", "photomosaic", "bash"]
    docker.run("enter.sh", "python", "mosaic.py", "--target", "a b.jpg")
    assert docker.last()[0][3:] == ["python", "mosaic.py", "--target", "a b.jpg"]


def test_enter_without_a_container(docker):
    (docker.tools / "fake.py").write_text(FAKE_DOCKER.replace('"true"', '"false"'))
    assert_advice(docker.run("enter.sh"), "sh launch.sh")
