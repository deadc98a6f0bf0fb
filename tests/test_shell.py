from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest

from tests.shell_scripts import PROJECT, Copy, assert_advice

SCRIPTS = ["demo.sh", "test.sh", "setup.sh"]
DOCKER_SCRIPTS = ["build.sh", "launch.sh", "enter.sh", "docker.sh"]
REQUIREMENTS = ["requirements.txt", "requirements-dev.txt", "requirements-notebook.txt"]
# Quoting is needed everywhere.
ODD_NAME = 'it\'s 100% "my" $HOME `name` \\n'
LACKS_VENV = ["3.12 lacks", "apt install python3.12-venv"]
CHECKS = ["ruff check", "ruff format --check", "mypy", "tools.option_tables --check"]
CHECKS.append("pytest --numprocesses=auto --dist=worksteal")

# Records its arguments and does nothing, except for printing its version and making an environment
# with a copy of itself.
FAKE_PYTHON = """
import json, os, shutil, sys, types

settings, program, *arguments = sys.argv[1:]
version, lacks = json.loads(settings)
command = " ".join(arguments)
if command.startswith("-c"):
    sys.version_info = (*version, 0)
    for module in ("ensurepip", "pip", "venv"):
        sys.modules[module] = None if module == lacks else types.ModuleType(module)
    exec(arguments[1])
else:
    open(os.environ["CALLS"], "a").write(command + "\\n")
if command.startswith("-m venv"):
    shutil.rmtree(arguments[-1], ignore_errors=True)
    os.makedirs(arguments[-1] + "/bin")
    shutil.copy(program, arguments[-1] + "/bin/python")
failing, _, code = os.environ.get("FAILS", "no command: 0").rpartition(": ")
if failing in command:
    print(f"{failing} says why", file=sys.stderr)
    sys.exit(int(code))
"""


class Scripts(Copy):
    """The scripts beside nothing but fake Pythons."""

    def add_python(self, name="python3", version=(3, 11), lacks=None):
        fake = self.tools / "fake.py"
        fake.write_text(FAKE_PYTHON)
        words = [sys.executable, "-I", "-S", str(fake), json.dumps([version, lacks])]
        self.add_program(name, f'exec {shlex.join(words)} "$0" "$@"')

    def called(self, start=""):
        return [call for call in self.calls.read_text().splitlines() if call.startswith(start)]

    def installed(self):
        """Return the environments made, and the requirements files installed."""
        return self.called("-m venv"), [call.split()[-1] for call in self.called("-m pip")]


@pytest.fixture
def bare(tmp_path):
    programs = ["sh", "cat", "cmp", "dirname", "rm", "sed"]
    return Scripts(tmp_path / ODD_NAME, SCRIPTS + REQUIREMENTS, programs)


@pytest.fixture
def copy(bare):
    bare.add_python()
    return bare


@pytest.mark.parametrize(
    "words",
    [
        ["hadolint", "Dockerfile"],
        ["shellcheck", "--shell=bash", ".ci/run"],
        ["shellcheck", "--shell=sh", *SCRIPTS, *DOCKER_SCRIPTS],
    ],
    ids=" ".join,
)
def test_linters_find_nothing(words):
    places = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])  # noqa: PTH120
    linter = shutil.which(words[0], path=places)
    if linter is None:
        pytest.skip(f"needs {words[0]}")
    result = subprocess.run([linter, *words[1:]], cwd=PROJECT, capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (0, "")


@pytest.mark.parametrize("script", ["demo.sh", "test.sh"])
@pytest.mark.parametrize(
    ("pythons", "advice"),
    [
        ([], ["no Python", "3.11 or newer"]),
        ([("python3", (3, 10)), ("python", (2, 7))], ["3.10 is too old", "3.11 or newer"]),
        ([("python", (3, 10)), ("python3", (3, 12), "venv")], LACKS_VENV),
        ([("python", (3, 10)), ("python3", (3, 12), "ensurepip")], LACKS_VENV),
    ],
)
def test_without_a_fitting_python_nothing_is_made(bare, script, pythons, advice):
    for python in pythons:
        bare.add_python(*python)
    before = sorted(bare.folder.iterdir())
    assert_advice(bare.run(script), script, *advice)
    assert sorted(bare.folder.iterdir()) == before


@pytest.mark.parametrize("name", ["python3.13", "python3.12", "python3.11", "python", "snake"])
def test_the_first_python_that_fits_is_used_or_the_one_that_the_user_names(copy, name):
    named = name == "snake"
    copy.add_python("python3", (3, 11) if named else (3, 9))
    copy.add_python(name, (3, 14))
    variables = {"PYTHON": str(copy.tools / name)} if named else {}
    assert "with Python 3.14" in copy.run("demo.sh", **variables).stderr


def test_demo_makes_an_environment_the_example_and_a_mosaic_by_a_command_to_paste(copy):
    assert_advice(copy.run("demo.sh", "--scale", "3"), "takes no options")
    assert copy.called() == []
    result = copy.run("demo.sh")
    assert result.returncode == 0, result.stderr
    venv, pip, example, mosaic = copy.called()
    assert venv == "-m venv --clear .venv"
    assert re.fullmatch("-m pip install .*-r requirements.txt", pip)
    assert example == "-m photomosaic.example"
    assert mosaic.startswith("mosaic.py --target media/example/")
    assert f"{copy.folder}/media/output/" in result.stdout
    made = {".venv", *SCRIPTS, *REQUIREMENTS}
    assert {path.name for path in copy.folder.iterdir()} == made
    command = result.stdout.split("was made by:")[1]
    subprocess.run(["sh", "-c", command], cwd="/", env=copy.environment, check=True)
    assert copy.called()[4:] == [mosaic]


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


def test_requirements_have_bounds_and_a_reason_and_are_listed_once():
    names = []
    for file, least in zip(REQUIREMENTS, [4, 4, 2], strict=True):
        lines = (PROJECT / file).read_text().splitlines()
        packages = [line for line in lines if not line.startswith(("#", "-r "))]
        assert len(packages) >= least, file
        # Weights have one version, since they are checked by their hash.
        bounded = r"[^;#]+(==|>=[^;#]+,<)[^#]*  # ."
        assert [line for line in packages if not re.match(bounded, line)] == []
        names += [re.split("[<>=;]", line)[0] for line in packages]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    "harm",
    ["cut off", "rm -r bin", "no pip", "too old", "ln -sf /gone bin/python", "another python"],
)
def test_a_useless_environment_is_made_anew_and_gets_the_packages(copy, harm):
    copy.run("demo.sh")
    others = {"no pip": ((3, 11), "pip"), "too old": ((3, 9),), "another python": ((3, 12),)}
    if harm == "cut off":
        (copy.folder / ".venv/installed-requirements.txt").unlink()
        copy.run("demo.sh", FAILS="-m pip: 137")
    elif harm in others:
        copy.add_python("other", *others[harm])
        shutil.copy(copy.tools / "other", copy.folder / ".venv/bin/python")
    else:
        subprocess.run(harm.split(), cwd=copy.folder / ".venv", check=True)
    assert copy.run("demo.sh").returncode == 0
    made = [] if harm == "another python" else ["-m venv --clear .venv"]
    assert copy.installed() == (made, ["requirements.txt"])
    copy.run("demo.sh")
    assert copy.installed() == ([], [])


@pytest.mark.parametrize(
    ("step", "advice"),
    [
        ("venv", "could not make .venv; the reason"),
        ("pip", "requirements.txt could not be installed"),
    ],
)
def test_a_step_that_fails_ends_with_advice_and_is_repeated(copy, step, advice):
    result = copy.run("demo.sh", FAILS=f"-m {step}: 1")
    assert (result.returncode, result.stdout) == (2, "")
    assert f"-m {step} says why\ndemo.sh: {advice}" in result.stderr
    assert copy.run("demo.sh").returncode == 0
    assert copy.installed()[1] == ["requirements.txt"]


@pytest.mark.parametrize("script", ["demo.sh", "test.sh"])
def test_a_folder_that_cannot_be_written_to(copy, script):
    # Writing fails in a way that holds for root, too.
    (copy.folder / ".photomosaic-write-test").mkdir()
    assert_advice(copy.run(script), str(copy.folder), "cannot be written to")
    assert copy.called() == []


@pytest.mark.parametrize("failing", range(6))
def test_test_runs_all_checks_up_to_the_first_that_fails(copy, failing):
    fails = {"FAILS": f"-m {CHECKS[failing]}: 7"} if failing < len(CHECKS) else {}
    result = copy.run("test.sh", "-k", "a b", **fails)
    assert result.returncode == (7 if fails else 0), result.stderr
    run = [f"-m {check}" for check in CHECKS[: failing + 1]]
    run[4:] = [f"{run[4]} -k a b"] if len(run) > 4 else []
    assert copy.called()[-len(run) :] == run


@pytest.mark.parametrize("missing", [None, "Xvfb", "chromedriver"])
def test_ci_runs_the_tests_with_all_programs(copy, missing):
    shutil.copytree(PROJECT / ".ci", copy.folder / ".ci")
    (copy.folder / "test.sh").write_text('printf "%s\\n" "$PWD $* $PHOTOMOSAIC_TEST_ALL"; exit 7\n')
    # Programs of its own, so that a test never installs anything.
    for name in {"Xvfb", "xdotool", "chromium", "chromedriver", "apt-get"} - {missing}:
        copy.add_program(name, f'echo {name} "$1"')
    for name in ("bash", "wc"):
        (copy.tools / name).symlink_to(shutil.which(name))
    command = [copy.folder / ".ci/run", "-x"]
    result = subprocess.run(command, capture_output=True, text=True, env=copy.environment)
    installed = "apt-get update\napt-get install\n" if missing else ""
    assert (result.returncode, result.stdout) == (7, f"{installed}{copy.folder} -x 1\n")
