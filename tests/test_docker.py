from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
SCRIPTS = ["build.sh", "launch.sh", "enter.sh"]
TOOLS = ["sh", "dirname", "id", "od", "sleep", "tr", "uname"]

# Notes its words and the token; fails where it is told to, or says something and fails as Docker
# does; answers the first few times that it does not; and runs until it is removed, or for LASTS.
FAKE_DOCKER = """
import json, os, sys, time

words = sys.argv[1:]
tries = open(os.environ["CALLS"]).read().count('[["exec"')
with open(os.environ["CALLS"], "a") as calls:
    calls.write(json.dumps([words, os.environ.get("JUPYTER_TOKEN")]) + "\\n")
for start, status in json.loads(os.environ["STATUS"]).items():
    if " ".join(words).startswith(start):
        if isinstance(status, str):
            print(status, file=sys.stderr)
            sys.exit(125)
        sys.exit(status)
if words[0] == "info":
    print(os.environ.get("INFO", ""))
if words[0] == "exec" and tries < int(os.environ.get("EARLY", 0)):
    sys.exit(1)
if "-f" in words:
    print("true")
end = time.monotonic() + float(os.environ.get("LASTS", 0))
while words[0] in ("wait", "logs") and time.monotonic() < end:
    if '"rm"' in open(os.environ["CALLS"]).read():
        break
    time.sleep(0.05)
"""
LAUNCHABLE = {"container inspect photomosaic": 1}
X11 = "/tmp/.X11-unix"  # noqa: S108 (where X servers put their sockets)


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

    def open(self, script, *words, status=(), cwd="/", **environment):
        self.calls.write_text("")
        return subprocess.Popen(
            ["sh", self.project / script, *words],
            cwd=cwd,
            env={**self.environment, "STATUS": json.dumps(dict(status)), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, script, *words, **settings):
        process = self.open(script, *words, **settings)
        out, errors = process.communicate(timeout=60)
        return subprocess.CompletedProcess(words, process.returncode, out, errors)

    def called(self) -> list[tuple[list[str], str | None]]:
        return [tuple(json.loads(line)) for line in self.calls.read_text().splitlines()]

    def names(self) -> list[str]:
        """Return what was asked for, but for the log, which is followed beside the rest."""
        return [words[0] for words, _ in self.called() if words[0] != "logs"]

    def last(self, name: str | None = None) -> tuple[list[str], str | None]:
        """Return the words and the token of the last call, or of the last one of that name."""
        return [call for call in self.called() if name in (None, call[0][0])][-1]


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
    assert re.search(r"^FROM python:3\.\d+-slim-\w+\n", text, re.MULTILINE)
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
    words, token = docker.last("run")
    assert words[0] == "run"
    assert words[-1] == "photomosaic"
    assert {"--detach", "--rm", "--init"} <= set(words)
    assert {
        ("--publish", "127.0.0.1:8888:8888"),
        ("--user", f"{os.getuid()}:{os.getgid()}"),
        ("--mount", f"type=bind,source={docker.project},target=/photomosaic"),
        ("--env", "JUPYTER_TOKEN"),
        ("--security-opt", "label=disable"),
    } <= pairs(words)
    assert docker.last("logs")[0] == ["logs", "--follow", "photomosaic"]
    assert re.fullmatch("[0-9a-f]{48}", token)
    assert f"http://127.0.0.1:8888/lab?token={token}\n" in result.stdout
    assert not any(token in word or "DISPLAY" in word or "/photos" in word for word in words)
    assert docker.names()[-2:] == ["stop", "rm"]


def test_the_link_is_printed_when_jupyter_answers(docker):
    result = docker.run("launch.sh", status=LAUNCHABLE, EARLY="2")
    assert result.returncode == 0, result.stderr
    assert docker.names().count("exec") == 3
    first, link = result.stdout.splitlines()
    assert "Ctrl-C" in first
    assert link.startswith("Jupyter: http://127.0.0.1:8888/lab?token=")


def test_jupyter_that_ends_at_once(docker):
    status = {**LAUNCHABLE, "exec": 1, "container inspect -f": 1}
    result = docker.run("launch.sh", status=status)
    assert_advice(result, "did not start")
    assert "lab?token" not in result.stdout


@pytest.mark.parametrize("moment", ["exec", "wait"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_at_any_moment_ends_it(docker, moment, number):
    process = docker.open(
        "launch.sh", status=LAUNCHABLE, LASTS="30", EARLY=str(99 * (moment == "exec"))
    )
    while f'[["{moment}"' not in docker.calls.read_text():
        assert process.poll() is None
        time.sleep(0.02)
    # Ctrl-C reaches what runs at the moment as well; the rest, the script alone.
    (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 0, errors
    assert docker.names()[-2:] == ["stop", "rm"]
    assert docker.last()[0] == ["rm", "--force", "photomosaic"]


def test_each_launch_has_a_token_of_its_own(docker):
    tokens = set()
    for _ in range(2):
        docker.run("launch.sh", status=LAUNCHABLE)
        tokens.add(docker.last("run")[1])
    assert len(tokens) == 2


@pytest.mark.parametrize("by", ["argument", "variable"])
@pytest.mark.parametrize("relative", [False, True])
def test_photos_are_mounted_read_only(docker, tmp_path, by, relative):
    photos = tmp_path / "it's 100% mine"
    photos.mkdir()
    name = photos.name if relative else str(photos)
    words, variables = ([name], {}) if by == "argument" else ([], {"PHOTOS": name})
    # Where `cd` would look first.
    (tmp_path / "elsewhere" / photos.name).mkdir(parents=True)
    variables["CDPATH"] = str(tmp_path / "elsewhere")
    docker.run("launch.sh", *words, status=LAUNCHABLE, cwd=tmp_path, **variables)
    mount = f"type=bind,source={photos},target=/photos,readonly"
    assert ("--mount", mount) in pairs(docker.last("run")[0])


def test_another_port(docker):
    result = docker.run("launch.sh", status=LAUNCHABLE, PORT="9000")
    assert ("--publish", "127.0.0.1:9000:8888") in pairs(docker.last("run")[0])
    assert "http://127.0.0.1:9000/" in result.stdout


@pytest.mark.parametrize("port", ["0", "65536", "-1", "80:80", "a", "999999", "9" * 30, "08888"])
def test_a_wrong_port(docker, port):
    assert_advice(docker.run("launch.sh", PORT=port), "PORT", port)
    assert docker.calls.read_text() == ""


@pytest.mark.parametrize(
    ("words", "status", "advice"),
    [
        (["gone"], LAUNCHABLE, "gone: there is no such folder"),
        (["\x1b[2J\r"], LAUNCHABLE, " [2J : there is no such folder"),
        (["a", "b"], LAUNCHABLE, "one folder"),
        ([], {"image inspect": 1}, "sh build.sh"),
        ([], {}, "docker rm -f photomosaic"),
    ],
)
def test_what_keeps_it_from_starting(docker, words, status, advice):
    assert_advice(docker.run("launch.sh", *words, status=status), advice)


# Docker's own words: of another container, of another program, of Docker Desktop.
@pytest.mark.parametrize(
    "told",
    [
        "docker: Error response from daemon: driver failed programming external connectivity:"
        " Bind for 127.0.0.1:9000 failed: port is already allocated.",
        "docker: Error response from daemon: listen tcp4 127.0.0.1:9000: bind:"
        " address already in use.",
        "docker: Error response from daemon: Ports are not available: exposing port TCP"
        " 127.0.0.1:9000 -> 0.0.0.0:0: listen tcp 127.0.0.1:9000: bind: permission denied",
    ],
)
def test_the_port_is_taken(docker, told):
    result = docker.run("launch.sh", status={**LAUNCHABLE, "run": told}, PORT="9000")
    assert result.returncode == 2
    assert result.stderr.startswith(told + "\n")
    assert result.stderr.endswith("port 9000 is taken; take another: PORT=9001 sh launch.sh\n")
    assert docker.names()[-2:] == ["stop", "rm"]


def test_the_last_port_is_taken(docker):
    status = {**LAUNCHABLE, "run": "port is already allocated"}
    result = docker.run("launch.sh", status=status, PORT="65535")
    assert result.stderr.endswith("PORT=1 sh launch.sh\n")


def test_another_container_of_the_name_is_left_alone(docker):
    told = (
        'Error response from daemon: Conflict. The container name "/photomosaic" is already in use'
    )
    result = docker.run("launch.sh", status={**LAUNCHABLE, "run": told})
    assert result.returncode == 2
    assert "docker rm -f photomosaic" in result.stderr.splitlines()[-1]
    assert docker.names()[-1] == "run"


def test_another_failure_of_docker_is_shown(docker):
    result = docker.run("launch.sh", status={**LAUNCHABLE, "run": "no space left on device"})
    assert result.returncode == 2
    assert result.stderr.splitlines()[0] == "no space left on device"
    assert "could not start" in result.stderr


@pytest.mark.parametrize(
    ("info", "user"),
    [("  rootless\n", "0:0"), ("    rootless: true", "0:0"), ("    rootless: false", None)],
)
def test_whose_files_they_are_with_a_docker_that_runs_without_root(docker, info, user):
    docker.run("launch.sh", status=LAUNCHABLE, INFO=info, SUDO_UID="1234", SUDO_GID="56")
    caller = f"{os.getuid()}:{os.getgid()}" if os.getuid() else "1234:56"
    assert ("--user", user or caller) in pairs(docker.last("run")[0])


@pytest.mark.skipif(os.getuid() != 0, reason="sudo makes one root")
def test_with_sudo_files_belong_to_who_called_it(docker):
    docker.run("launch.sh", status=LAUNCHABLE, SUDO_UID="1234", SUDO_GID="56")
    assert ("--user", "1234:56") in pairs(docker.last("run")[0])


def test_a_mac_shows_windows_in_xquartz(docker):
    (docker.tools / "uname").unlink()
    (docker.tools / "uname").write_text("#!/bin/sh\necho Darwin\n")
    (docker.tools / "uname").chmod(0o755)
    result = docker.run("launch.sh", status=LAUNCHABLE)
    assert ("--env", "DISPLAY=host.docker.internal:0") in pairs(docker.last("run")[0])
    assert "xhost" in result.stderr


@pytest.mark.skipif(not Path(X11).is_dir(), reason="there is no X11 socket")
def test_linux_hands_on_the_display_and_its_cookie(docker, tmp_path):
    (tmp_path / ".Xauthority").write_text("")
    docker.run("launch.sh", status=LAUNCHABLE, DISPLAY=":7")
    words = docker.last("run")[0]
    assert ("--env", "DISPLAY=:7") in pairs(words)
    assert ("--mount", f"type=bind,source={X11},target={X11},readonly") in pairs(words)
    cookie = f"type=bind,source={tmp_path}/.Xauthority,target=/tmp/.Xauthority,readonly"
    assert ("--mount", cookie) in pairs(words)
    # A cookie is for one host.
    assert ("--hostname", os.uname().nodename) in pairs(words)
    assert ("--env", "XAUTHORITY=/tmp/.Xauthority") in pairs(words)


def test_a_display_over_the_network_is_not_handed_on(docker):
    result = docker.run("launch.sh", status=LAUNCHABLE, DISPLAY="localhost:10.0")
    assert result.returncode == 0
    assert not any("DISPLAY" in word for word in docker.last("run")[0])


@pytest.mark.parametrize("name", ["a,b", 'a"b', "a\nb"])
def test_a_path_that_docker_cannot_mount(docker, tmp_path, name):
    (tmp_path / name).mkdir()
    advice = "comma, quote or line break"
    assert_advice(docker.run("launch.sh", name, cwd=tmp_path), name.replace("\n", " "), advice)


@pytest.mark.parametrize("name", ["-", "-P", "~"])
def test_a_folder_of_photos_that_cd_would_take_for_another(docker, tmp_path, name):
    assert_advice(docker.run("launch.sh", name, cwd=tmp_path), f"{name}: there is no such folder")
    (tmp_path / name).mkdir()
    docker.run("launch.sh", name, status=LAUNCHABLE, cwd=tmp_path)
    mounted = f"type=bind,source={tmp_path}/{name},target=/photos,readonly"
    assert ("--mount", mounted) in pairs(docker.last("run")[0])


def test_a_project_that_docker_cannot_mount(docker):
    docker.project = docker.project.rename(docker.project.with_name("a,b"))
    assert_advice(docker.run("launch.sh"), "a,b", "comma, quote or line break")


@pytest.mark.skipif(not Path(X11).is_dir(), reason="there is no X11 socket")
def test_a_cookie_that_docker_cannot_mount(docker, tmp_path):
    (tmp_path / "a,b").write_text("")
    result = docker.run(
        "launch.sh", status=LAUNCHABLE, DISPLAY=":7", XAUTHORITY=str(tmp_path / "a,b")
    )
    assert_advice(result, "a,b", "comma, quote or line break")


def test_without_randomness_there_is_no_launch(docker):
    (docker.tools / "od").unlink()
    (docker.tools / "od").write_text("#!/bin/sh\n")
    (docker.tools / "od").chmod(0o755)
    assert_advice(docker.run("launch.sh", status=LAUNCHABLE), "/dev/urandom")
    assert "run" not in docker.names()


def test_enter_opens_a_shell_or_runs_a_command(docker):
    docker.run("enter.sh")
    assert docker.last()[0] == ["exec", "-i", "photomosaic", "bash"]
    docker.run("enter.sh", "python", "mosaic.py", "--target", "a b.jpg")
    assert docker.last()[0][3:] == ["python", "mosaic.py", "--target", "a b.jpg"]


def test_enter_without_a_container(docker):
    (docker.tools / "fake.py").write_text(FAKE_DOCKER.replace('"true"', '"false"'))
    assert_advice(docker.run("enter.sh"), "sh launch.sh")
