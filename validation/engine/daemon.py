"""A private engine's daemon: its configuration, its network, its start and its stop.

Imports cdi, client, layout, leftovers, programs, process, files and errors.
"""

import contextlib
import ipaddress
import json
import os
import shutil
import signal
import time
from collections.abc import Collection
from pathlib import Path

from validation.engine.cdi import render_spec, this_driver
from validation.engine.client import HOST_ONLY_LABEL, ask
from validation.engine.layout import Layout
from validation.engine.leftovers import clear, daemon_pid, is_alive
from validation.engine.programs import library_path
from validation.errors import WorldFailed
from validation.files import write_atomic
from validation.process import Runner, start_daemon

_START_SECONDS = 60
_STOP_SECONDS = 30
# How long the daemon gives its containers on the way down; ours hold nothing worth waiting for.
_CONTAINERS_STOP_SECONDS = 3
# Docker's own default pool, of which a bridge of ours takes the first /24 that is free.
_POOL = ipaddress.IPv4Network("172.16.0.0/12")
# containerd's plugin "opt" makes it at every start, and dockerd hands no other path on:
# https://github.com/containerd/containerd/blob/v1.7.24/services/opt/path_unix.go
_CONTAINERD_OPT = Path("/opt/containerd")
_NETWORK_CLASS = Path("/sys/class/net")
# Docker's defaults. A later folder wins, so what an administrator wrote goes before ours:
# https://github.com/cncf-tags/container-device-interface/blob/main/pkg/cdi/spec-dirs.go
_CDI_FOLDERS = ("/etc/cdi", "/var/run/cdi")


def daemon_config(layout: Layout, *, bridge: str) -> str:
    """Return the daemon's configuration file; `bridge` is an interface's name or "none".

    The host's packet filter is left alone, so that nothing of it has to be put back: containers
    and builds use the host's network or none. `native.cgroupdriver` is stated because the default
    asks systemd, which a machine may lack; CDI hands GPUs to containers without a runtime hook.
    """
    settings = {
        "hosts": [layout.host],
        "group": "root",
        "data-root": str(layout.data),
        "exec-root": str(layout.exec_root),
        "pidfile": str(layout.pid_file),
        "features": {"buildkit": True, "cdi": True},
        "cdi-spec-dirs": [str(layout.cdi), *_CDI_FOLDERS],
        "bridge": bridge,
        "iptables": False,
        "ip6tables": False,
        "ip-forward": False,
        "userland-proxy": False,
        "labels": [HOST_ONLY_LABEL],
        "exec-opts": ["native.cgroupdriver=cgroupfs"],
        "cgroup-parent": f"/{layout.cgroup}",
        "shutdown-timeout": _CONTAINERS_STOP_SECONDS,
        "log-opts": {"max-size": "10m", "max-file": "2"},
    }
    return json.dumps(settings, indent=2) + "\n"


def free_subnet(taken: Collection[str]) -> ipaddress.IPv4Network:
    """Return the first /24 of Docker's pool that overlaps none of `taken` (routes, "a.b.c.d/n")."""
    used = [ipaddress.IPv4Network(route, strict=False) for route in taken]
    for subnet in _POOL.subnets(new_prefix=24):
        if not any(subnet.overlaps(other) for other in used):
            return subnet
    raise WorldFailed(f"every network of {_POOL} is routed here: no room for a bridge")


def _own_bridge(layout: Layout, run: Runner) -> str:
    """Make a bridge with an address of its own; a leftover one was removed by `clear`."""
    if shutil.which("ip") is None:
        raise WorldFailed(
            "another engine's docker0 is here, and a bridge of our own cannot be made without `ip`",
            hint="apt-get install iproute2, then run this again",
        )
    routes = [line.split()[0] for line in run(["ip", "-4", "route", "show"]).stdout.splitlines()]
    subnet = free_subnet([route for route in routes if route[0].isdigit()])
    run(["ip", "link", "add", layout.bridge, "type", "bridge"])
    run(["ip", "addr", "add", f"{subnet[1]}/{subnet.prefixlen}", "dev", layout.bridge])
    run(["ip", "link", "set", layout.bridge, "up"])
    return layout.bridge


def _note_opt(layout: Layout) -> None:
    """Note it if containerd will make its folder for add-ons, so that `stop` can take it away."""
    if not _CONTAINERD_OPT.exists():
        write_atomic(layout.made_opt, "")


def _remove_opt(layout: Layout) -> None:
    """Remove the folders that our containerd made, unless somebody has put something there."""
    if layout.made_opt.exists():
        for folder in (_CONTAINERD_OPT / "bin", _CONTAINERD_OPT / "lib", _CONTAINERD_OPT):
            with contextlib.suppress(OSError):
                folder.rmdir()
        layout.made_opt.unlink()


def write_cdi(layout: Layout, run: Runner) -> None:
    """Write what containers need for this machine's GPUs as they are now, if it has any."""
    shutil.rmtree(layout.cdi, ignore_errors=True)
    driver = this_driver(run)
    if driver is not None:
        write_atomic(layout.cdi / "nvidia.json", render_spec(driver))


def _log_tail(layout: Layout) -> tuple[str, ...]:
    try:
        return tuple(layout.log.read_text("utf-8", "replace").splitlines()[-8:])
    except OSError:
        return ()


def _await_answer(layout: Layout, pid: int) -> str:
    """Return the version once the daemon answers; raises `WorldFailed` if it ends or hangs."""
    end = time.monotonic() + _START_SECONDS
    while is_alive(pid) and time.monotonic() < end:
        answer = ask(layout.host, "private engine")
        if not answer.problem:
            return answer.version
        time.sleep(0.1)
    died = "hangs" if is_alive(pid) else "ended at its start"
    raise WorldFailed(
        f"the private engine {died}",
        details=_log_tail(layout),
        hint=f"the whole log: {layout.log}",
    )


def start(layout: Layout, run: Runner) -> str:
    """Start the daemon and return its version; what a killed one left is cleared first.

    A daemon with `"bridge": "none"` deletes docker0, even another engine's (libnetwork's
    removeDefaultBridgeInterface): where there is one, ours gets a bridge of its own.
    """
    clear(layout, run)
    for folder in (layout.data, layout.exec_root):
        folder.mkdir(parents=True, exist_ok=True)
    layout.runtime.chmod(0o700)
    bridge = _own_bridge(layout, run) if (_NETWORK_CLASS / "docker0").exists() else "none"
    write_atomic(layout.config, daemon_config(layout, bridge=bridge))
    write_cdi(layout, run)
    _note_opt(layout)
    layout.log.unlink(missing_ok=True)
    programs = [str(layout.programs / folder) for folder in ("usr/sbin", "usr/bin")]
    path = os.pathsep.join([*programs, os.environ.get("PATH", os.defpath)])
    argv: list[str | Path] = [layout.program("dockerd"), "--config-file", layout.config]
    environment = {"PATH": path, **library_path(layout.programs)}
    pid = start_daemon(argv, log=layout.log, env=environment)
    return _await_answer(layout, pid)


def stop(layout: Layout, run: Runner) -> None:
    """End the daemon, its containers and all that it left mounted; its images stay."""
    pid = daemon_pid(layout)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + _STOP_SECONDS
        while is_alive(pid) and time.monotonic() < end:
            time.sleep(0.05)
    clear(layout, run)
    _remove_opt(layout)
