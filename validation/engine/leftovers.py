"""What a private engine leaves behind when it is killed: processes, mounts, groups, a bridge.

Imports layout, process and errors. Only what is provably the engine's own is touched: processes
that run its programs or live in its control group, mounts inside its folders, its own bridge.
"""

import contextlib
import hashlib
import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from validation.engine.layout import PROGRAM_FOLDERS, Layout
from validation.errors import WorldFailed
from validation.process import Runner

_PROC = Path("/proc")
_DELETED = " (deleted)"
# Clients (docker, buildx) are not ended: another run may be using them on another engine.
_SERVERS = (
    "dockerd",
    "containerd",
    "containerd-shim",
    "containerd-shim-runc-v1",
    "containerd-shim-runc-v2",
    "docker-proxy",
    "runc",
)


def _file(path: Path) -> str:
    """Return what tells a program's file from every other: device and inode, not the path.

    A process below another root may show the same path and run another file. Where the file has
    been deleted under its process there is only the path, and the kernel says so.
    """
    try:
        shown = str(path.readlink()) if path.is_symlink() else ""
        there = path.stat()
    except OSError:
        return ""
    return shown if shown.endswith(_DELETED) else f"{there.st_dev} {there.st_ino}"


def _programs(layout: Layout) -> dict[str, str]:
    """Return {file: name} of the engine's server programs, as `_file` tells them."""
    found = {}
    for name in _SERVERS:
        for folder in PROGRAM_FOLDERS:
            path = layout.programs / folder / name
            found[_file(path) or f"{path}{_DELETED}"] = name
    return found


def is_alive(pid: int) -> bool:
    """Return True for a process that runs; a zombie that nobody has reaped does not."""
    try:
        status = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in {"Z", "X"}


def servers(layout: Layout) -> dict[int, str]:
    """Return {pid: program's name} of the engine's living servers.

    They are known by the executable's file, which no recycled pid and no reboot can fake.
    """
    programs = _programs(layout)
    pids = [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]
    running = {pid: programs.get(_file(_PROC / str(pid) / "exe"), "") for pid in pids}
    return {pid: name for pid, name in running.items() if name and is_alive(pid)}


def daemon_pid(layout: Layout) -> int | None:
    """Return the pid of the engine's running daemon, or None."""
    return next((pid for pid, name in servers(layout).items() if name == "dockerd"), None)


def _unescape(field: str) -> str:
    """Undo the octal escapes of proc(5) mountinfo: space, tab, newline, backslash."""
    for code, character in (("040", " "), ("011", "\t"), ("012", "\n"), ("134", "\\")):
        field = field.replace(f"\\{code}", character)
    return field


def mounts_below(text: str, folders: tuple[Path, ...]) -> tuple[Path, ...]:
    """Return the mount points of a mountinfo text at or below `folders`, the deepest first."""
    points = (Path(_unescape(line.split()[4])) for line in text.splitlines())
    ours = {at for at in points if any(at == top or top in at.parents for top in folders)}
    return tuple(sorted(ours, key=lambda at: (-len(at.parts), str(at))))


def _groups(text: str, name: str) -> Iterator[Path]:
    """Yield the control groups called `name` in every hierarchy that is mounted."""
    for line in text.splitlines():
        head, _, tail = line.partition(" - ")
        if tail.split(" ", 1)[0] in {"cgroup", "cgroup2"}:
            group = Path(_unescape(head.split()[4]), name)
            if group.is_dir():
                yield group


def _mountinfo() -> str:
    return (_PROC / "self" / "mountinfo").read_text()


def _in_groups(layout: Layout) -> set[int]:
    found: set[int] = set()
    for group in _groups(_mountinfo(), layout.cgroup):
        for members in group.rglob("cgroup.procs"):
            with contextlib.suppress(OSError):
                found.update(int(word) for word in members.read_text().split())
    return {pid for pid in found if is_alive(pid)}


def end_processes(layout: Layout, *, patience: float = 10) -> None:
    """Kill the engine's servers and whatever runs in its containers; `patience` in seconds."""
    end = time.monotonic() + patience
    while left := set(servers(layout)) | _in_groups(layout):
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > end:
            raise WorldFailed(
                f"processes of the private engine do not end: {sorted(left)}",
                hint="look at them with ps, then run `imagewright engine down` again",
            )
        time.sleep(0.05)


def _remove_groups(layout: Layout) -> None:
    for top in _groups(_mountinfo(), layout.cgroup):
        folders = [path for path in top.rglob("*") if path.is_dir()]
        for folder in [*sorted(folders, key=lambda at: -len(at.parts)), top]:
            with contextlib.suppress(OSError):
                folder.rmdir()


def _unmount(layout: Layout, run: Runner) -> None:
    folders = (layout.home, layout.runtime)
    for point in mounts_below(_mountinfo(), folders):
        run(["umount", "--no-canonicalize", "--lazy", point], check=False)
    left = mounts_below(_mountinfo(), folders)
    if left:
        raise WorldFailed(
            f"{left[0]} is still mounted",
            hint=f"umount {left[0]}, then run `imagewright engine down` again",
        )


def _remove_sockets(layout: Layout) -> None:
    """Remove the sockets of killed shims: containerd keeps those of every engine in one folder.

    The name is a hash of the engine's address and the container: containerd 1.7,
    runtime/v2/shim/util_unix.go, SocketAddress.
    """
    folder = Path("/run/containerd/s")
    address = layout.exec_root / "containerd" / "containerd.sock"
    containers = layout.data / "containers"
    for container in containers.iterdir() if containers.is_dir() else ():
        name = hashlib.sha256(os.fsencode(address / "moby" / container.name)).hexdigest()
        (folder / name).unlink(missing_ok=True)
    for empty in (folder, folder.parent):
        with contextlib.suppress(OSError):
            empty.rmdir()


def clear(layout: Layout, run: Runner) -> None:
    """Remove what a dead engine left, but for its images: after it a new one can start."""
    end_processes(layout)
    _unmount(layout, run)
    _remove_groups(layout)
    _remove_sockets(layout)
    shutil.rmtree(layout.runtime, ignore_errors=True)
    if Path("/sys/class/net", layout.bridge).exists():
        run(["ip", "link", "delete", layout.bridge], check=False)
