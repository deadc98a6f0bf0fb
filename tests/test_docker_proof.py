"""What the proof reads; the proof itself is run by hand, since it takes root and the network."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from docker_proof import __main__ as proof
from docker_proof.build import build_context, copy
from docker_proof.container import CheckError, Mount
from docker_proof.dockerfile import Step, copied, read_steps, settings_of
from docker_proof.host import named_paths, pip_environment
from docker_proof.launched import asked_for
from docker_proof.root import ids
from photomosaic.errors import InputError

PROJECT = Path(__file__).resolve().parents[1]
TEXT = """\
# A remark.
FROM python:3.13.5-slim-trixie
# Another, before a step of two lines.
RUN one \\
    # and one within
    && two
ENV A=0 B="2 and 3"
ENV A=1
WORKDIR /work
COPY --chown=1000 a.txt folder/ ./
WORKDIR below
USER 1000
HEALTHCHECK --interval=30s --timeout=5s \\
    CMD ["is", "it well"]
CMD ["run", "CMD"]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "Dockerfile"
    path.write_text(text)
    return path


def test_steps(tmp_path):
    steps = read_steps(write(tmp_path, TEXT))
    assert [step.keyword for step in steps] == (
        "FROM RUN ENV ENV WORKDIR COPY WORKDIR USER HEALTHCHECK CMD".split()
    )
    assert [step.line for step in steps[:3]] == [2, 4, 7]
    assert str(steps[1]) == "RUN one && two"


def test_settings(tmp_path):
    settings = settings_of(read_steps(write(tmp_path, TEXT)))
    assert (settings.python, settings.suite) == ("3.13", "trixie")
    assert settings.environment == settings.environment | {"A": "1", "B": "2 and 3"}
    assert (settings.user, settings.folder) == ("1000", "/work/below")
    assert (settings.command, settings.health) == (("run", "CMD"), ("is", "it well"))


def test_all_of_our_own_is_known():
    steps = read_steps(PROJECT / "Dockerfile")
    settings = settings_of(steps)
    assert settings.command[:2] == ("jupyter", "lab")
    assert settings.health[0] == "python"
    assert settings.user == "1000"
    first, last = [copied(step) for step in steps if step.keyword == "COPY"]
    assert first.sources == ("requirements.txt", "requirements-notebook.txt")
    assert (last.sources, last.target, last.owner) == ((".",), ".", "mosaic")


@pytest.mark.parametrize(
    "step",
    [
        "FROM python:3.13-slim-trixie",
        "FROM debian:trixie",
        "FROM python:3.13.5-slim-trixie AS base",
        "ARG A=1",
        "SHELL ['bash']",
        "ENV A=$PATH",
        "ENV A 1",
        "CMD jupyter lab",
        "HEALTHCHECK NONE",
    ],
)
def test_what_is_not_known_is_refused_with_its_line(tmp_path, step):
    path = write(tmp_path, f"# A remark.\n\n{step}\n")
    with pytest.raises(InputError, match=f"line 3: {step.split()[0]} "):
        settings_of(read_steps(path))


@pytest.mark.parametrize(
    "value", ["--from=base a /b/", "*.txt /b/", "a$A /b/", "a b", "only/", "--chmod=600 a b/"]
)
def test_copies_that_are_not_known_are_refused(value):
    with pytest.raises(InputError, match="line 7: COPY "):
        copied(Step("COPY", value, 7))


@pytest.fixture
def project(tmp_path):
    """Return a project with some files that .dockerignore leaves out."""
    folder = tmp_path / "my project"
    for name in ["a.txt", "b.log", "in/c.txt", "in/deep/b.log", "in/deep/d.txt", "cache/big"]:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (folder / "a.txt").chmod(0o640)
    (folder / "link").symlink_to("a.txt")
    (folder / ".dockerignore").write_text("# A remark.\n**/*.log\n!in/deep/b.log\ncache/*\n")
    return folder


@pytest.fixture
def root(tmp_path):
    """Return a root that knows a user."""
    etc = tmp_path / "root/etc"
    etc.mkdir(parents=True)
    (etc / "passwd").write_text("root:x:0:0::/:\nanna:x:1000:1001::/:\n")
    (etc / "group").write_text("root:x:0:\nusers:x:50:\n")
    return etc.parent


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_dockerignore_is_honoured(project):
    kept = {str(path) for path in build_context(project)}
    assert kept >= {"a.txt", "link", "in/c.txt", "in/deep/b.log", "in/deep/d.txt", "cache"}
    assert not kept & {"b.log", "cache/big"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_copies_belong_to_whom_they_are_to(project, root):
    (root / "there").mkdir()
    copy(Step("COPY", "--chown=anna . .", 1), "/there", project, root)
    there = root / "there"
    assert there.stat().st_uid == 0
    assert {path.lstat().st_uid for path in there.rglob("*")} == {1000}
    assert {path.lstat().st_gid for path in there.rglob("*")} == {1001}
    assert (there / "a.txt").stat().st_mode & 0o777 == 0o640
    assert (there / "link").readlink() == Path("a.txt")
    assert "b.log" not in files(there)


def test_of_a_folder_what_it_holds_is_copied_and_of_a_file_the_file(project, root, monkeypatch):
    monkeypatch.setattr(os, "chown", lambda *_, **__: None)
    copy(Step("COPY", "in in/c.txt a.txt new/", 1), "/somewhere", project, root)
    assert files(root / "somewhere/new") == [
        "a.txt", "c.txt", "deep", "deep/b.log", "deep/d.txt",
    ]  # fmt: skip


def test_a_source_that_is_left_out_is_an_error(project, root, monkeypatch):
    monkeypatch.setattr(os, "chown", lambda *_, **__: None)
    with pytest.raises(InputError, match=r"line 1: COPY b\.log is not there"):
        copy(Step("COPY", "b.log /x/", 1), "/", project, root)


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ("anna", (1000, 1001)),
        ("1000", (1000, 1001)),
        ("4321", (4321, 0)),
        ("4321:77", (4321, 77)),
        ("anna:users", (1000, 50)),
    ],
)
def test_ids(root, user, expected):
    assert ids(root, user) == expected


@pytest.mark.parametrize("user", ["bert", "anna:nobody"])
def test_users_that_the_image_lacks(root, user):
    with pytest.raises(InputError, match=user):
        ids(root, user)


def test_settings_of_pip_become_variables_and_the_environment_wins():
    listed = (
        ":env:.cert='/mine.pem'\n"
        "global.cert='/all.pem'\n"
        "global.extra-index-url='file:///a/simple https://example.org/simple'\n"
        "install.find-links='it\\'s/wheels'\n"
        "global.user='true'\n"
        "download.index-url='https://example.org/other'\n"
        "list.format='columns'"
    )
    assert pip_environment(listed) == {
        "PIP_CERT": "/mine.pem",
        "PIP_EXTRA_INDEX_URL": "file:///a/simple https://example.org/simple",
        "PIP_FIND_LINKS": "it's/wheels",
    }


def test_paths_that_settings_name(tmp_path):
    index, certificate = tmp_path / "an index/simple", tmp_path / "all.pem"
    index.mkdir(parents=True)
    certificate.touch()
    environment = {
        "PIP_EXTRA_INDEX_URL": f"{index.as_uri()} https://example.org/simple",
        "SSL_CERT_FILE": str(certificate),
        "PIP_CONSTRAINT": f"{tmp_path}/gone",
        "no_proxy": "localhost",
        "PIP_FIND_LINKS": "/",
    }
    assert named_paths(environment) == [certificate, index.parent]


def test_what_is_asked_of_docker():
    words = (
        "run --detach --rm --init --name photomosaic --user 12:34 --security-opt label=disable"
        " --publish 127.0.0.1:8888:8888 --env JUPYTER_TOKEN --env DISPLAY=:7"
    ).split()
    words += ["--mount", "type=bind,source=/my project,target=/photomosaic"]
    words += ["--mount", "type=bind,source=/my photos,target=/photos,readonly", "photomosaic"]
    assert asked_for(words, "secret") == (
        "12:34",
        {"JUPYTER_TOKEN": "secret", "DISPLAY": ":7"},
        [
            Mount(Path("/my project"), "/photomosaic"),
            Mount(Path("/my photos"), "/photos", read_only=True),
        ],
    )


@pytest.mark.parametrize("words", [["--mount", "type=volume,target=/x"], ["--privileged"]])
def test_what_is_asked_of_docker_and_not_known_is_refused(words):
    with pytest.raises(CheckError, match=r"the proof (knows no|does not know)"):
        asked_for(["run", *words, "photomosaic"], "secret")


def refusal(capsys, *words: str) -> str:
    assert proof.main(words) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    return told


def test_only_root_can_make_it(monkeypatch, capsys):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "sudo" in refusal(capsys)


def test_programs_that_are_missing_are_named_with_their_packages(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    told = refusal(capsys)
    assert re.search(r"apt-get install debootstrap .*xvfb\n", told)
    assert told.count("util-linux") == 1


@pytest.fixture
def given_away(monkeypatch):
    """Return the list of the paths that are given to who called sudo."""
    given = []
    monkeypatch.setattr(proof, "check_machine", lambda: None)
    monkeypatch.setattr(os, "chown", lambda path, *ids: given.append((path, *ids)))
    monkeypatch.setenv("SUDO_UID", "1234")
    monkeypatch.setenv("SUDO_GID", "56")
    return given


@pytest.mark.parametrize("fails", [False, True])
def test_what_is_made_belongs_to_who_called_sudo_and_nothing_else(
    tmp_path, monkeypatch, given_away, fails
):
    savedir = tmp_path / "there" / "new" / "pictures"
    (tmp_path / "there").mkdir()

    def part(_apart, module, *_words):
        if module == "prove":
            (savedir / "mosaic.jpg").touch()
            if fails:
                raise proof.ProofError("stopped")

    monkeypatch.setattr(proof, "_part", part)
    words = [f"--workdir={tmp_path}", f"--savedir={savedir}"]
    assert proof.main(words) == fails
    made = [savedir.parent, savedir, savedir / "mosaic.jpg"]
    assert sorted(given_away) == [(path, 1234, 56) for path in made]
    given_away.clear()
    assert proof.main(words) == fails
    assert given_away == []


def test_a_workdir_that_is_not_there(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(proof, "check_machine", lambda: None)
    told = refusal(capsys, f"--workdir={tmp_path}/gone", f"--savedir={tmp_path}/out")
    assert "--workdir" in told
    assert not (tmp_path / "out").exists()
