"""Debian's own registry as the engine's mirror, behind a proxy that spoils its answers."""

import random

from tests.engine import registry as debian
from tests.faults.catalogue import fault
from tests.faults.lab import Ended, Lab
from tests.faults.proxy import KINDS, Proxy, Spoil, proxy_of

_BASE = "library/debian:12-slim"
_MANIFESTS, _BLOBS = "/manifests/", "/blobs/"


def registry(lab: Lab) -> Proxy:
    """Return the proxy of a registry that holds the base, as the mirror of the lab's engine.

    The base is the stand-in, pushed: the same layers as a registry of one's own would serve.
    """
    if "registry" not in lab.proxies:
        folder = lab.home / "registry"
        (folder / "run").mkdir(parents=True)
        program = debian.unpack(folder)
        served = lab.shared.enter_context(debian.running(program, folder / "run"))
        here = f"{served.url.removeprefix('http://')}/{_BASE}"
        standin = lab.docker("images", "--quiet", "imagewright-base").split()[0]
        lab.docker("tag", standin, here)
        lab.docker("push", here)
        lab.docker("rmi", here)
        lab.proxies["registry"] = lab.shared.enter_context(proxy_of(served.url))
    proxy = lab.proxies["registry"]
    if lab.mirror != proxy.url:
        lab.restart_engine(proxy.url)
        lab.must("build", "--bases", "registry")
    return proxy


def forget_base(lab: Lab) -> None:
    """Make the next build ask the registry again, and pull what it says."""
    lab.remove(lab.cache / "bases/answers")
    for image in lab.docker("images", "--quiet", "debian").split():
        lab.docker("rmi", "--force", image)


THEN = ("build", "--bases", "registry")


def build_spoiled(kind: str, share: int, path: str, what: str) -> None:
    """Enter a build whose base comes from a spoiled registry."""

    @fault(f"registry: {kind}", f"build, {what}", share=share, codes={3}, then=THEN)
    def build(lab: Lab, draw: random.Random) -> Ended:  # noqa: ARG001
        proxy = registry(lab)
        forget_base(lab)
        with proxy.spoiling(Spoil(kind, path)):
            return lab.run("build", "--bases", "registry", "--timeout", "20")


for _kind in KINDS:
    build_spoiled(_kind, 2, _MANIFESTS, "manifests")


def build_anyhow(kind: str) -> None:
    """Enter a build that may do without the registry: it makes a stand-in, and says so."""

    @fault(f"registry: {kind}", "build, stand-in", share=1, codes={0})
    def build(lab: Lab, draw: random.Random) -> Ended:  # noqa: ARG001
        proxy = registry(lab)
        forget_base(lab)
        with proxy.spoiling(Spoil(kind)):
            ended = lab.run("build")
        assert "a stand-in for" in ended.text, ended.text
        return ended


for _kind in ("stall", "reset", "500"):
    build_anyhow(_kind)


def scan_spoiled(kind: str, share: int, times: int, codes: set[int], name: str) -> None:
    """Enter a scan of a base that only a spoiled registry knows."""

    @fault(name, "scan", share=share, codes=codes, then=THEN)
    def scan(lab: Lab, draw: random.Random) -> Ended:  # noqa: ARG001
        proxy = registry(lab)
        lab.remove(lab.cache / "registry")
        host = proxy.url.removeprefix("http://")
        with proxy.spoiling(Spoil(kind, times=times)):
            ended = lab.run("scan", f"{host}/{_BASE}", "--registry-mirror", f"{host}={proxy.url}")
        assert ended.code or times == 1 or "not read" in ended.text, ended.text
        return ended


# A body cut short leaves the HEAD: that the tag is served is known; what is not known is said.
for _kind in KINDS:
    scan_spoiled(_kind, 1, 10**9, {0} if _kind == "truncated" else {3}, f"registry: {_kind}")
    scan_spoiled(_kind, 1, 1, {0, 1}, f"registry, once: {_kind}")
