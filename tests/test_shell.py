from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
SCRIPTS = ["demo.sh", "test.sh", "setup.sh", ".ci/run"]
DOCKER_SCRIPTS = ["build.sh", "launch.sh", "enter.sh", "docker.sh"]
REQUIREMENTS = ["requirements.txt", "requirements-dev.txt", "requirements-notebook.txt"]
TOOLS = ["sh", "cat", "cmp", "dirname", "rm", "sed"]

# Notes what it is asked to do and does none of it, except for asking Python for its version and
# making an environment, which has another one like it.
FAKE_PYTHON = """
import json, os, shutil, sys, types

settings, program, *arguments = sys.argv[1:]
settings = json.loads(settings)
with open(os.environ["CALLS"], "a") as calls:
    calls.write(json.dumps(arguments) + "\\n")
command = " ".join(arguments)
if command.startswith("-c"):
    sys.version_info = (*settings["version"], 0)
    for module in ("ensurepip", "pip", "venv"):
        sys.modules[module] = None if module in settings["lacks"] else types.ModuleType(module)
    exec(arguments[1])
elif command.startswith("-m venv"):
    shutil.rmtree(arguments[-1], ignore_errors=True)
    os.makedirs(arguments[-1] + "/bin")
    shutil.copy(program, arguments[-1] + "/bin/python")
for failing, status in json.loads(os.environ["FAILING"]).items():
    if failing in command:
        print(f"{failing} says why", file=sys.stderr)
        sys.exit(status)
"""


class Copy:
    """A copy of the shell scripts, in a folder of its own, beside nothing but fake Pythons."""

    def __init__(self, folder: Path, tools: Path) -> None:
        self.folder = folder
        self.tools = tools
        self.environment = {"PATH": str(tools), "CALLS": str(tools / "calls"), "FAILING": "{}"}
        folder.mkdir(parents=True)
        for name in SCRIPTS[:3] + REQUIREMENTS:
            shutil.copy(PROJECT / name, folder)
        for name in TOOLS:
            tool = shutil.which(name)
            assert tool, name
            (tools / name).symlink_to(tool)
        (tools / "fake.py").write_text(FAKE_PYTHON)

    def add_python(
        self, name: str = "python3", version: tuple[int, int] = (3, 11), lacks: tuple[str, ...] = ()
    ) -> None:
        settings = json.dumps({"version": version, "lacks": lacks})
        words = [sys.executable, "-I", "-S", str(self.tools / "fake.py"), settings]
        (self.tools / name).write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$0" "$@"\n')
        (self.tools / name).chmod(0o755)

    def run(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a script from another folder, and forget the calls of earlier runs."""
        (self.tools / "calls").write_text("")
        return subprocess.run(
            ["sh", self.folder / script, *arguments],
            cwd="/",
            env=self.environment,
            capture_output=True,
            text=True,
        )

    def calls(self, start: str = "") -> list[str]:
        """Return what the Pythons were asked for, except for their versions."""
        lines = (self.tools / "calls").read_text().splitlines()
        calls = [" ".join(json.loads(line)) for line in lines]
        return [call for call in calls if not call.startswith("-c") and call.startswith(start)]


@pytest.fixture
def copy_at(tmp_path: Path) -> Callable[[str], Copy]:
    tools = tmp_path / "tools"
    tools.mkdir()
    return lambda name: Copy(tmp_path / name, tools)


@pytest.fixture
def copy(copy_at: Callable[[str], Copy]) -> Copy:
    return copy_at("project")


def assert_one_line_of_advice(result: subprocess.CompletedProcess[str], *words: str) -> None:
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1, result.stderr
    for word in words:
        assert word in result.stderr


@pytest.mark.parametrize("script", SCRIPTS + DOCKER_SCRIPTS)
def test_shellcheck_finds_nothing(script):
    beside_python = str(Path(sys.executable).parent)
    shellcheck = shutil.which("shellcheck", path=beside_python) or shutil.which("shellcheck")
    if shellcheck is None:
        pytest.skip("there is no shellcheck")
    dialect = ["--shell=bash"] if script == ".ci/run" else ["--shell=sh"]
    result = subprocess.run(
        [shellcheck, *dialect, PROJECT / script], capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("script", ["demo.sh", "test.sh"])
class TestWithoutAFittingPython:
    def test_none_at_all(self, copy, script):
        result = copy.run(script)
        assert_one_line_of_advice(result, script, "no Python", "3.11 or newer")

    def test_too_old(self, copy, script):
        copy.add_python("python3", (3, 10))
        copy.add_python("python", (2, 7))
        result = copy.run(script)
        assert_one_line_of_advice(result, "3.10 is too old", "3.11 or newer")

    @pytest.mark.parametrize("module", ["venv", "ensurepip"])
    def test_without_venv(self, copy, script, module):
        copy.add_python("python", (3, 10))
        copy.add_python("python3", (3, 12), lacks=(module,))
        result = copy.run(script)
        assert_one_line_of_advice(result, "3.12 lacks", "apt install python3.12-venv")

    def test_nothing_was_made(self, copy, script):
        before = sorted(copy.folder.iterdir())
        copy.run(script)
        assert sorted(copy.folder.iterdir()) == before


@pytest.mark.parametrize("name", ["python3.13", "python3.12", "python3.11", "python"])
def test_the_first_python_that_fits_is_taken(copy, name):
    copy.add_python("python3", (3, 9))
    copy.add_python(name, (3, 11))
    assert copy.run("demo.sh").returncode == 0


def test_the_python_that_the_user_names_goes_first(copy):
    copy.add_python("python3", (3, 11))
    copy.add_python("snake", (3, 14))
    copy.environment["PYTHON"] = str(copy.tools / "snake")
    assert "with Python 3.14" in copy.run("demo.sh").stderr


def test_demo_makes_an_environment_the_example_and_a_mosaic(copy):
    copy.add_python()
    result = copy.run("demo.sh")
    assert result.returncode == 0, result.stderr
    venv, pip, example, mosaic = copy.calls()
    assert venv == "-m venv --clear .venv"
    assert pip.startswith("-m pip install")
    assert pip.endswith("-r requirements.txt")
    assert example == "-m photomosaic.example"
    assert mosaic.startswith("mosaic.py --target media/example/")
    assert f"{copy.folder}/media/output/" in result.stdout
    leftovers = {".venv", *SCRIPTS[:3], *REQUIREMENTS}
    assert {path.name for path in copy.folder.iterdir()} == leftovers


@pytest.mark.parametrize("name", ["with spaces 100%", "it's $HOME", 'a "quoted" `name` \\n'])
def test_paths_are_quoted_and_the_command_shown_can_be_pasted(copy_at, name):
    copy = copy_at(name)
    copy.add_python()
    result = copy.run("demo.sh")
    assert result.returncode == 0, result.stderr
    made = copy.calls("mosaic.py")
    command = result.stdout.split("was made by:")[1]
    (copy.tools / "calls").write_text("")
    subprocess.run(["sh", "-c", command], cwd="/", env=copy.environment, check=True)
    assert copy.calls() == made
    assert copy.run("test.sh").returncode == 0


def test_demo_takes_no_options(copy):
    copy.add_python()
    assert_one_line_of_advice(copy.run("demo.sh", "--scale", "3"), "takes no options")
    assert copy.calls() == []


def test_a_second_run_installs_nothing(copy):
    copy.add_python()
    copy.run("demo.sh")
    copy.run("demo.sh")
    assert [call.split()[0] for call in copy.calls()] == ["-m", "mosaic.py"]
    copy.run("test.sh")
    assert [call.split()[-1] for call in copy.calls("-m pip")] == ["requirements-dev.txt"]
    copy.run("test.sh")
    assert copy.calls("-m pip") + copy.calls("-m venv") == []


def test_changed_requirements_are_installed(copy):
    copy.add_python()
    copy.run("demo.sh")
    with (copy.folder / "requirements.txt").open("a") as file:
        file.write("another>=1\n")
    copy.run("demo.sh")
    assert len(copy.calls("-m pip")) == 1
    assert copy.calls("-m venv") == []


def test_changed_requirements_that_others_include_are_installed(copy):
    copy.add_python()
    copy.run("test.sh")
    copy.run("test.sh")
    assert copy.calls("-m pip") == []
    with (copy.folder / "requirements-notebook.txt").open("a") as file:
        file.write("another>=1\n")
    copy.run("test.sh")
    assert [call.split()[-1] for call in copy.calls("-m pip")] == ["requirements-dev.txt"]


def test_no_bound_stands_in_two_files():
    lines = [line for name in REQUIREMENTS for line in (PROJECT / name).read_text().splitlines()]
    names = [re.split("[<>=;]", line)[0] for line in lines if not line.startswith(("#", "-r "))]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("harm", ["cut off", "empty", "no pip", "too old", "python is gone"])
def test_a_useless_environment_is_made_anew(copy, harm):
    copy.add_python()
    copy.run("demo.sh")
    venv_python = copy.folder / ".venv/bin/python"
    if harm == "cut off":
        copy.environment["FAILING"] = json.dumps({"-m pip": 137})
        (copy.folder / ".venv/installed-requirements.txt").unlink()
        copy.run("demo.sh")
        copy.environment["FAILING"] = "{}"
    elif harm == "empty":
        shutil.rmtree(copy.folder / ".venv/bin")
    elif harm == "python is gone":
        venv_python.unlink()
        venv_python.symlink_to(copy.tools / "gone")
    else:
        version = (3, 9) if harm == "too old" else (3, 11)
        copy.add_python("bad", version, lacks=("pip",) if harm == "no pip" else ())
        shutil.copy(copy.tools / "bad", venv_python)
    assert copy.run("demo.sh").returncode == 0
    assert len(copy.calls("-m venv")) == len(copy.calls("-m pip")) == 1
    copy.run("demo.sh")
    assert copy.calls("-m venv") + copy.calls("-m pip") == []


def test_an_environment_of_another_python_gets_the_packages_anew(copy):
    copy.add_python()
    copy.run("demo.sh")
    copy.add_python("newer", (3, 12))
    shutil.copy(copy.tools / "newer", copy.folder / ".venv/bin/python")
    copy.run("demo.sh")
    assert len(copy.calls("-m pip")) == 1


def test_a_failed_installation_ends_with_advice_and_is_tried_again(copy):
    copy.add_python()
    copy.environment["FAILING"] = json.dumps({"-m pip": 1})
    result = copy.run("demo.sh")
    assert (result.returncode, result.stdout) == (2, "")
    reason, advice = result.stderr.splitlines()[-2:]
    assert reason == "-m pip says why"
    assert "requirements.txt could not be installed" in advice
    copy.environment["FAILING"] = "{}"
    assert copy.run("demo.sh").returncode == 0
    assert len(copy.calls("-m pip")) == 1
    assert copy.calls("-m venv") == []


def test_an_environment_that_cannot_be_made_ends_with_advice(copy):
    copy.add_python()
    copy.environment["FAILING"] = json.dumps({"-m venv": 1})
    result = copy.run("demo.sh")
    assert result.returncode == 2
    assert result.stderr.endswith("could not make .venv; the reason stands above\n")


@pytest.mark.parametrize("script", ["demo.sh", "test.sh"])
def test_a_folder_that_cannot_be_written_to(copy, script):
    copy.add_python()
    # Writing fails in a way that holds for root, too.
    (copy.folder / ".photomosaic-write-test").mkdir()
    assert_one_line_of_advice(copy.run(script), str(copy.folder), "cannot be written to")
    assert copy.calls() == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(copy):
    copy.add_python()
    copy.folder.chmod(0o555)
    result = copy.run("demo.sh")
    copy.folder.chmod(0o755)
    assert_one_line_of_advice(result, "cannot be written to")


def test_test_runs_all_checks_and_passes_options_on(copy):
    copy.add_python()
    result = copy.run("test.sh", "-k", "a b")
    assert result.returncode == 0, result.stderr
    assert [call.removeprefix("-m ") for call in copy.calls()][-5:] == [
        "ruff check",
        "ruff format --check",
        "mypy",
        "tools.option_tables --check",
        "pytest -k a b",
    ]


@pytest.mark.parametrize(
    "check", ["ruff check", "ruff format", "mypy", "tools.option_tables", "pytest"]
)
def test_test_stops_at_the_first_check_that_fails(copy, check):
    copy.add_python()
    copy.environment["FAILING"] = json.dumps({f"-m {check}": 7})
    assert copy.run("test.sh").returncode == 7
    assert copy.calls()[-1].startswith(f"-m {check}")


@pytest.mark.parametrize("missing", [None, "Xvfb", "chromedriver"])
def test_ci_runs_the_tests_with_all_programs(copy, tmp_path, missing):
    shutil.copytree(PROJECT / ".ci", copy.folder / ".ci")
    (copy.folder / "test.sh").write_text('echo "$PWD" "$@" "$PHOTOMOSAIC_TEST_ALL"; exit 7\n')
    # Programs of its own, so that a test never installs anything.
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in {"Xvfb", "xdotool", "chromium", "chromedriver", "apt-get"} - {missing}:
        (programs / name).write_text(f'#!/bin/sh\necho {name} "$1"\n')
        (programs / name).chmod(0o755)
    for name in ("bash", "sh", "dirname", "wc"):
        (programs / name).symlink_to(shutil.which(name))
    command = [copy.folder / ".ci/run", "-x"]
    result = subprocess.run(command, capture_output=True, text=True, env={"PATH": str(programs)})
    installed = "apt-get update\napt-get install\n" if missing else ""
    assert (result.returncode, result.stdout) == (7, f"{installed}{copy.folder} -x 1\n")


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_requirement_has_bounds_and_a_reason(name):
    lines = (PROJECT / name).read_text().splitlines()
    for line in lines:
        if not line.startswith(("#", "-r ")):
            requirement, _, reason = line.partition("  # ")
            versions = requirement.partition(";")[0]
            # Weights have one version, by whose hash they are checked.
            assert "==" in versions or (">=" in versions and ",<" in versions), line
            assert reason, line
    packages = [line for line in lines if not line.startswith(("#", "-r "))]
    assert len(packages) > (1 if name == "requirements-notebook.txt" else 3)
