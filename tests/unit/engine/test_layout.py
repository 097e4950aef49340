"""Where a private engine lives, what its daemon is told, and what is found of a dead one."""

import ipaddress
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from validation.engine.daemon import daemon_config, free_subnet
from validation.engine.layout import SOCKET_PATH_LIMIT, Layout
from validation.engine.leftovers import mounts_below, servers
from validation.errors import WorldFailed


@pytest.mark.parametrize("length", [1, 40, 70, 200])
def test_sockets_fit_whatever_the_caches_path(length: int) -> None:
    layout = Layout(cache=Path("/" + "x" * length))
    deepest = layout.exec_root / "containerd/containerd-debug.sock"
    assert len(str(deepest)) <= SOCKET_PATH_LIMIT
    near = layout.runtime.is_relative_to(layout.home)
    assert near == (length <= 40)


def test_two_caches_share_no_name() -> None:
    one, two = Layout(cache=Path("/a")), Layout(cache=Path("/b"))
    for name in ("token", "cgroup", "bridge", "host"):
        assert getattr(one, name) != getattr(two, name)
    assert len(one.bridge) <= 15


def test_the_daemon_is_told_to_keep_to_its_own_folders() -> None:
    layout = Layout(cache=Path("/cache"))
    told = json.loads(daemon_config(layout, bridge="none"))
    for key in ("data-root", "exec-root", "pidfile"):
        assert told[key].startswith("/cache/engine/")
    assert told["hosts"] == ["unix:///cache/engine/run/docker.sock"]
    assert told["features"] == {"buildkit": True, "cdi": True}
    assert (told["iptables"], told["userland-proxy"], told["bridge"]) == (False, False, "none")


def test_a_bridge_takes_the_first_network_that_nothing_is_routed_to() -> None:
    assert free_subnet([]) == ipaddress.ip_network("172.16.0.0/24")
    taken = ["172.16.0.0/15", "172.18.0.1/24", "10.0.0.0/8"]
    assert free_subnet(taken) == ipaddress.ip_network("172.18.1.0/24")
    with pytest.raises(WorldFailed, match="no room"):
        free_subnet(["172.16.0.0/12"])


def test_mounts_of_ours_come_deepest_first_and_no_others() -> None:
    text = "\n".join(
        f"1 2 0:3 / {point} rw - overlay overlay rw"
        for point in (
            "/cache/engine/data",
            "/cache/engine-of-another/data",
            "/",
            "/cache/engine/data/with\\040space/merged",
            "/cache",
        )
    )
    assert mounts_below(text, (Path("/cache/engine"),)) == (
        Path("/cache/engine/data/with space/merged"),
        Path("/cache/engine/data"),
    )


def test_the_same_path_below_another_root_is_another_cache(tmp_path: Path) -> None:
    layout = Layout(cache=tmp_path / "cache")
    layout.cache.mkdir()
    first = layout.token
    assert layout.token == first
    layout.cache.rename(tmp_path / "moved")
    layout.cache.mkdir()
    assert layout.token != first


def test_a_server_is_known_by_its_file_and_not_by_its_path(tmp_path: Path) -> None:
    layout = Layout(cache=tmp_path / "cache")
    program = layout.programs / "usr/sbin/dockerd"
    program.parent.mkdir(parents=True)
    shutil.copy("/bin/sleep", program)
    child = subprocess.Popen([program, "60"])
    try:
        assert servers(layout) == {child.pid: "dockerd"}
        assert layout.program("dockerd") == program
        program.rename(program.with_name("other"))
        shutil.copy("/bin/sleep", program)
        assert servers(layout) == {}
        program.with_name("other").rename(program)
        assert servers(layout) == {child.pid: "dockerd"}
        shutil.rmtree(layout.programs)
        assert servers(layout) == {child.pid: "dockerd"}
    finally:
        child.kill()
        child.wait()
    assert servers(layout) == {}
