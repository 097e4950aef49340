"""What must not be there after a fault, and what must still be there as it was."""

import fcntl
import hashlib
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.faults.lab import MARK, Lab
from validation.engine.runs import host_id
from validation.prove.receipt import decode

_SERVERS = ("dockerd", "containerd", "runc", "docker-proxy")
_PATIENCE = 5.0  # seconds that a killed process may take to be gone


def _held(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _lives(lab: Lab, run: str) -> bool:
    """Return whether a run is at work: somebody else's, since ours have ended."""
    lock = lab.cache / "runs" / f"{run}.lock"
    try:
        return _held(lock)
    except FileNotFoundError:
        return False


def _processes(lab: Lab) -> Iterator[str]:
    """Yield every process that the lab's commands started, but for the engine itself."""
    mark = f"{MARK}={lab.token}".encode()
    for entry in Path("/proc").iterdir():
        try:
            if not entry.name.isdigit() or mark not in (entry / "environ").read_bytes():
                continue
            name = (entry / "exe").readlink().name
        except OSError:
            continue
        if not name.startswith(_SERVERS):
            yield f"process {name} {entry.name}"


def _files(lab: Lab) -> Iterator[str]:
    for path in lab.temp.iterdir():
        yield f"temp {path.name}"
    runs = lab.cache / "runs"
    for path in runs.iterdir() if runs.is_dir() else ():
        if not _lives(lab, path.name.removesuffix(".lock")):
            yield f"run {path.name}"
    for top in (lab.root, lab.cache / "bases", lab.cache / "packages"):
        for path in (*top.rglob(".*.part"), *top.glob(".part-*"), *top.glob("*/.download-*")):
            yield f"half-written {path.name}"
    for path in (
        lab.cache / "engine.lock",
        lab.cache / "bases/lock",
        lab.root / "out/models/.lock",
    ):
        if path.is_file() and _held(path):
            yield f"lock {path.name}"
    instances = lab.cache / "buildx/instances"
    for path in instances.iterdir() if instances.is_dir() else ():
        yield f"builder {path.name}"


def _containers(lab: Lab) -> Iterator[str]:
    if lab.answers():
        ours = f"label=imagewright.host={host_id(lab.project)}"
        shape = '{{.Names}} {{.Label "imagewright.run"}}'
        for line in lab.docker("ps", "--all", "--filter", ours, "--format", shape).splitlines():
            name, run = line.split()
            if not _lives(lab, run):
                yield f"container {name}"
        for name in lab.docker("volume", "ls", "--quiet", "--filter", "dangling=true").split():
            yield f"volume {name}"


def _look(lab: Lab) -> list[str]:
    return [*_processes(lab), *_files(lab), *_containers(lab)]


def left_over(lab: Lab, *, only: str = "") -> list[str]:
    """Return what is still there that a run of ours made; `only` kinds get a moment to go."""
    end = time.monotonic() + _PATIENCE
    found = _look(lab)
    while any(line.startswith(only) for line in found) and time.monotonic() < end:
        time.sleep(0.2)
        found = _look(lab)
    return found


def clean(lab: Lab) -> None:
    """Remove what one case left, so that the next one is not blamed for it."""
    for path in lab.temp.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for line in _containers(lab):
        kind, name = line.split()
        lab.docker(*(("rm", "-f") if kind == "container" else ("volume", "rm")), name)
    lab.make_room()


def kinds(found: list[str]) -> list[str]:
    """Return the kinds of things in `found`: what a table can hold."""
    return sorted({line.split()[0] for line in found})


def artefacts(lab: Lab) -> dict[str, str]:
    """Return the SHA-256 of every file that a person keeps: images/, receipts, models."""
    tops = [lab.root / part for part in ("images", "out/receipts", "out/models")]
    files = [lab.root / "matrix.yaml"]
    files += [path for top in tops for path in top.rglob("*") if path.is_file()]
    return {
        str(path.relative_to(lab.root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if not path.name.startswith(".")
    }


def harmed(lab: Lab, before: Mapping[str, str]) -> list[str]:
    """Return what is lost or changed of the artefacts, and new receipts that cannot be read."""
    after = artefacts(lab)
    lines = [f"{path} is {'changed' if path in after else 'gone'}"
             for path in before if after.get(path) != before[path]]  # fmt: skip
    for path in after.keys() - before.keys():
        if path.startswith("out/receipts/"):
            try:
                decode((lab.root / path).read_bytes())
            except ValueError as error:
                lines.append(f"{path} cannot be read: {error}")
    return lines
