from __future__ import annotations

import os
import re
import shutil
import signal
import time
from itertools import pairwise
from pathlib import Path

import pytest

from tests.shell_scripts import PROJECT, Copy, assert_advice

SCRIPTS = ["build.sh", "launch.sh", "enter.sh"]

# Records its words and the token. Fails where its words begin as FAILS says, and the first EARLY
# times that it runs a command in the container, which runs for LASTS steps, or until it is removed.
FAKE_DOCKER = r"""
printf '%s\n' "${JUPYTER_TOKEN-}" "$@" END >>"$CALLS"
case "$*" in
"${FAILS-nowhere}"*) echo "$SAYS" >&2; exit 125 ;;
info) printf '%s\n' "${INFO-}" ;;
'container inspect photomosaic') exit "${FREE-1}" ;;
*' -f '*) echo "${RUNNING-true}" ;;
rm*) : >"$CALLS.removed" ;;
exec*) while read -r line; do [ "$line" != exec ] || : $((tries += 1)); done <"$CALLS"
    [ "$tries" -gt "${EARLY-0}" ] ;;
wait* | logs*) while [ "${LASTS-0}" -gt 0 ] && [ ! -e "$CALLS.removed" ]; do
    sleep; : $((LASTS -= 1)); done ;;
esac
"""
X11 = "/tmp/.X11-unix"  # noqa: S108 (where X servers put their sockets)
REMOVE = "or remove it: docker rm -f photomosaic"
TAKEN = "port 9000 is taken; take another: PORT=9001 sh launch.sh"
WRONG_PORTS = ["0", "65536", "-1", "80:80", "a", "999999", "9" * 30, "08888"]
UNMOUNTABLE = "comma, quote or line break"
CALLER = f"{os.getuid()}:{os.getgid()}"


class Docker(Copy):
    """The scripts beside a fake Docker that has the image and no container."""

    def called(self) -> list[list[str]]:
        """Return the words of each call; the log is followed beside the rest."""
        calls = [call.split("\n")[:-1] for call in self.calls.read_text().split("END\n")]
        return [words for _, *words in calls[:-1] if words[0] != "logs"]

    def start(self, script, *words, **settings):
        """Start a script; settings in small letters are programs, and variables the others."""
        for program in filter(str.islower, settings.keys() - {"cwd"}):
            self.add_program(program, settings[program])
        variables = {name: value for name, value in settings.items() if value is not None}
        return super().start(script, *words, **variables)

    def names(self) -> list[str]:
        return [words[0] for words in self.called()]

    def pairs(self) -> set[tuple[str, str]]:
        """Return the words of `docker run` as pairs of neighbours."""
        return set(pairwise(next(words for words in self.called() if words[0] == "run")))


@pytest.fixture
def docker(tmp_path):
    programs = ["sh", "dirname", "id", "od", "tr", "uname"]
    docker = Docker(tmp_path / "my project 100%", [*SCRIPTS, "docker.sh"], programs)
    docker.environment["HOME"] = str(tmp_path)
    docker.add_program("docker", FAKE_DOCKER)
    docker.add_program("sleep", f"exec {shutil.which('sleep')} 0.02")
    return docker


def mounted(folder, at, mode=",readonly"):
    return ("--mount", f"type=bind,source={folder},target={at}{mode}")


def test_code_is_copied_after_everything_heavy_and_the_base_is_pinned():
    text = (PROJECT / "Dockerfile").read_text()
    assert re.search(r"^FROM python:3\.\d+-slim-\w+\n", text, re.MULTILINE)
    assert text.index("COPY --chown") > text.rindex("\nRUN")
    assert "build-essential" not in text
    assert "HEALTHCHECK" in text


@pytest.mark.parametrize(
    ("words", "called"),
    [
        (["build.sh", "--no-cache"], ["build", "--tag", "photomosaic", "--no-cache", "."]),
        (["enter.sh"], ["exec", "-i", "photomosaic", "bash"]),
        (["enter.sh", "python", "a b"], ["exec", "-i", "photomosaic", "python", "a b"]),
    ],
)
def test_build_and_enter_hand_their_words_on(docker, words, called):
    assert docker.run(*words).returncode == 0
    assert docker.called()[-1] == called


def test_launch(docker):
    result = docker.run("launch.sh", EARLY="2")
    assert result.returncode == 0, result.stderr
    token = re.fullmatch(
        r".*Ctrl-C.*\nJupyter: http://127\.0\.0\.1:8888/lab\?token=([0-9a-f]{48})\n", result.stdout
    )[1]
    calls = docker.calls.read_text()
    assert f"{token}\nrun\n" in calls
    assert "logs\n--follow\nphotomosaic\n" in calls
    started = ["run", "exec", "container", "exec", "container", "exec", "wait", "stop", "rm"]
    assert docker.names()[-9:] == started
    words = docker.called()[-9]
    assert words[-1] == "photomosaic"
    assert {"--detach", "--rm", "--init"} <= set(words)
    assert {
        ("--publish", "127.0.0.1:8888:8888"),
        ("--user", CALLER),
        mounted(docker.folder, "/photomosaic", ""),
        ("--env", "JUPYTER_TOKEN"),
        ("--security-opt", "label=disable"),
    } <= docker.pairs()
    assert not any(token in word or "DISPLAY" in word or "/photos" in word for word in words)
    assert token not in docker.run("launch.sh").stdout, "each launch has its own token"


@pytest.mark.parametrize("moment", ["exec", "wait"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_at_any_moment_ends_it(docker, moment, number):
    early = "9999" if moment == "exec" else "0"
    process = docker.start("launch.sh", LASTS="1500", EARLY=early)
    while f"\n{moment}\n" not in docker.calls.read_text():
        assert process.poll() is None
        time.sleep(0.02)
    # Ctrl-C also reaches the programs that run at the moment; other signals, the script alone.
    (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 0, errors
    assert docker.called()[-1] == ["rm", "--force", "photomosaic"]
    assert docker.names()[-2] == "stop"


# Names that mean something else to `cd`, or to a shell.
@pytest.mark.parametrize("name", ["it's 100% mine", "-", "-P", "~"])
@pytest.mark.parametrize("by", ["argument", "variable", "full path"])
def test_photos_are_mounted_read_only(docker, tmp_path, name, by):
    # Where `cd` would look first.
    (tmp_path / "elsewhere" / name).mkdir(parents=True)
    given = str(tmp_path / name) if by == "full path" else name
    words, variables = ([], {"PHOTOS": given}) if by == "variable" else ([given], {})
    variables["CDPATH"] = str(tmp_path / "elsewhere")
    missing = docker.run("launch.sh", *words, cwd=tmp_path, **variables)
    assert_advice(missing, f"{given}: there is no such folder")
    (tmp_path / name).mkdir()
    docker.run("launch.sh", *words, cwd=tmp_path, **variables)
    assert mounted(tmp_path / name, "/photos") in docker.pairs()


@pytest.mark.parametrize(
    ("command", "settings", "advice"),
    [
        *((script, {"docker": None}, "not installed; get") for script in SCRIPTS),
        *((script, {"FAILS": "info"}, "Docker does not run") for script in SCRIPTS),
        ("enter.sh", {"RUNNING": "false"}, "sh launch.sh"),
        ("launch.sh a b", {}, "one folder"),
        ("launch.sh \x1b[2J\r", {}, " [2J : there is no such folder"),
        ("launch.sh", {"FAILS": "image inspect"}, "sh build.sh"),
        ("launch.sh", {"FREE": "0"}, REMOVE),
        ("launch.sh", {"od": ""}, "/dev/urandom"),
        *(("launch.sh", {"PORT": port}, f"PORT {port} is not") for port in WRONG_PORTS),
    ],
)
def test_what_prevents_a_start_is_one_line(docker, command, settings, advice):
    script, *words = command.split(" ")
    assert_advice(docker.run(script, *words, **settings), f"{script}: ", advice)
    assert not {"run", "build", "exec"} & set(docker.names())


# Docker's own messages: another container, another program, Docker Desktop.
@pytest.mark.parametrize(
    ("message", "port", "advice"),
    [
        (
            "Bind for 127.0.0.1:65535 failed: port is already allocated.",
            "65535",
            "PORT=1 sh launch.sh",
        ),
        ("listen tcp4 127.0.0.1:9000: bind: address already in use.", "9000", TAKEN),
        ("Ports are not available: exposing port TCP 127.0.0.1:9000", "9000", TAKEN),
        ("no space left on device", "9000", "could not start it; the reason stands above"),
        ('The name "/photomosaic" of a container name is already in use', "9000", REMOVE),
        ("", "9000", "did not start; the reason stands above"),
    ],
)
def test_a_container_that_does_not_start(docker, message, port, advice):
    fails = {"FAILS": "run"} if message else {"EARLY": "9999", "RUNNING": "false"}
    result = docker.run("launch.sh", SAYS=message, PORT=port, **fails)
    assert result.returncode == 2
    assert result.stderr.startswith(message)
    assert result.stderr.endswith(advice + "\n")
    assert "lab?token" not in result.stdout
    # Another container of that name is left alone.
    assert docker.names()[-1] == ("run" if advice == REMOVE else "rm")


@pytest.mark.parametrize(
    ("settings", "pair"),
    [
        ({"PORT": "9000"}, ("--publish", "127.0.0.1:9000:8888")),
        *(({"INFO": info}, ("--user", "0:0")) for info in ("  rootless\n", "    rootless: true")),
        ({"INFO": "    rootless: false"}, ("--user", CALLER)),
        ({"SUDO_UID": "12", "SUDO_GID": "56"}, ("--user", CALLER if os.getuid() else "12:56")),
        ({"uname": "echo Darwin"}, ("--env", "DISPLAY=host.docker.internal:0")),
    ],
)
def test_what_docker_run_gets(docker, settings, pair):
    result = docker.run("launch.sh", **settings)
    assert pair in docker.pairs()
    assert f"http://127.0.0.1:{settings.get('PORT', 8888)}/" in result.stdout
    assert ("xhost" in result.stderr) == ("uname" in settings)


@pytest.mark.skipif(not Path(X11).is_dir(), reason="there is no X11 socket")
def test_linux_hands_on_the_display_and_its_cookie(docker, tmp_path):
    (tmp_path / ".Xauthority").write_text("")
    docker.run("launch.sh", DISPLAY=":7")
    assert {
        ("--env", "DISPLAY=:7"),
        mounted(X11, X11),
        mounted(tmp_path / ".Xauthority", "/tmp/.Xauthority"),  # noqa: S108
        # A cookie is for one host.
        ("--hostname", os.uname().nodename),
        ("--env", "XAUTHORITY=/tmp/.Xauthority"),
    } <= docker.pairs()
    docker.run("launch.sh", DISPLAY="localhost:10.0")
    assert not any("DISPLAY" in word for word, _ in docker.pairs()), "a display of the network"
    (tmp_path / "a,b").write_text("")
    result = docker.run("launch.sh", DISPLAY=":7", XAUTHORITY=str(tmp_path / "a,b"))
    assert_advice(result, "a,b", UNMOUNTABLE)


@pytest.mark.parametrize("name", ["a,b", 'a"b', "a\nb"])
def test_a_path_that_docker_cannot_mount(docker, tmp_path, name):
    (tmp_path / name).mkdir()
    result = docker.run("launch.sh", name, cwd=tmp_path)
    assert_advice(result, name.replace("\n", " "), UNMOUNTABLE)
    docker.folder = docker.folder.rename(tmp_path / name / "project")
    assert_advice(docker.run("launch.sh"), name.replace("\n", " "), UNMOUNTABLE)
