"""Run the commands of commands.txt and record what users see: exit codes, lines, output hashes.

Record before a change that must not change behaviour, and compare after it:

    .venv/bin/python tools/record_commands.py /tmp/before.json
    .venv/bin/python tools/record_commands.py /tmp/after.json --compare /tmp/before.json
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
COMMANDS = Path(__file__).with_name("commands.txt")
DATA = PROJECT.parent / "shared" / "data"
# Figures that differ from run to run: times, and sizes of the cache in memory.
CHANGING = re.compile(r"\d[\d.,]* ?(s|ms|min|seconds?|MB|GB)\b|\b0x[0-9a-f]+")


@dataclass(frozen=True)
class Record:
    """What one command did.

    Attributes
    ----------
    command : str
        As it stands in commands.txt.
    exit_code : int
    lines : list of str
        Standard output, then standard error, without changing figures and paths.
    files : dict of str to str
        SHA-256 of each file that the command made or changed; its size if time changes it.
    """

    command: str
    exit_code: int
    lines: list[str]
    files: dict[str, str]


def read_commands(with_data: bool) -> list[str]:
    """Return the commands that can run here."""
    lines = [line.strip() for line in COMMANDS.read_text("utf-8").splitlines()]
    commands = [line for line in lines if line and not line.startswith("#")]
    return [command for command in commands if with_data or "{data}" not in command]


def run_command(command: str, work: Path) -> Record:
    """Run one command in the project's folder."""
    depends_on_time = command.startswith("!")
    places = {"example": "media/example", "work": str(work), "data": str(DATA)}
    words = [word.format(**places) for word in shlex.split(command.lstrip("! "))]
    before = hashes(work)
    done = subprocess.run(
        [sys.executable, *words], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    text = f"{done.stdout}\n{done.stderr}".replace(str(work), "{work}")
    text = text.replace(str(PROJECT), "{project}").replace(str(DATA), "{data}")
    after = hashes(work)
    changed = {name: digest for name, digest in after.items() if before.get(name) != digest}
    if depends_on_time:
        changed = dict.fromkeys(changed, "depends on time")
        text = ""
    lines = [CHANGING.sub("#", line) for line in text.splitlines() if line]
    return Record(command, done.returncode, lines, changed)


def hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file below a folder, except those of caches."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if not {"cache", "faces"} & set(path.relative_to(folder).parts)
    }


def differences(old: list[dict[str, object]], new: list[dict[str, object]]) -> list[str]:
    """Return a line for each thing in which two recordings differ."""
    found = []
    earlier = {str(record["command"]): record for record in old}
    for record in new:
        command = str(record["command"])
        if command not in earlier:
            found.append(f"new command: {command}")
            continue
        found += [
            f"{key}: {command}\n    was {earlier[command][key]}\n    is  {record[key]}"
            for key in ("exit_code", "files", "lines")
            if earlier[command][key] != record[key]
        ]
    known = {str(record["command"]) for record in new}
    return found + [f"missing command: {command}" for command in earlier if command not in known]


def untried_options(commands: list[str]) -> list[str]:
    """Return the options of the scripts, from their help, that no command uses."""
    missing = []
    for script in sorted({command.lstrip("! ").split()[0] for command in commands}):
        helped = subprocess.run(
            [sys.executable, script, "--help-all"],
            cwd=PROJECT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        options = set(re.findall(r"^  (?:-\w, )?(--[\w-]+)", helped.stdout, re.MULTILINE))
        used = {word.replace("--no-", "--", 1) for line in commands for word in line.split()}
        unused = options - used - {"--help", "--help-all"}
        missing += [f"{script} {option}" for option in sorted(unused)]
    return missing


def main() -> int:
    """Record, and compare if asked to; return 1 if anything differs."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("record", type=Path, help="the JSON file to write")
    parser.add_argument("--compare", type=Path, help="an earlier recording")
    options = parser.parse_args()
    commands = read_commands(DATA.is_dir())
    for option in untried_options(commands):
        print(f"no command uses {option}")
    work = Path(tempfile.gettempdir()) / "photomosaic-recording"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    subprocess.run([sys.executable, "-m", "photomosaic.example"], cwd=PROJECT, check=True)
    records = []
    for number, command in enumerate(commands, 1):
        print(f"{number}/{len(commands)} {command}", file=sys.stderr)
        records.append(asdict(run_command(command, work)))
    options.record.write_text(json.dumps(records, indent=1), "utf-8")
    if options.compare is None:
        return 0
    found = differences(json.loads(options.compare.read_text("utf-8")), records)
    print("\n".join(found) or f"{len(records)} commands, no difference")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
