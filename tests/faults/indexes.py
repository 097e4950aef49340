"""The real package index behind a proxy that stalls, resets, refuses, fails, and cuts short."""

import os
import random

from tests.faults.catalogue import fault
from tests.faults.lab import Ended, Lab
from tests.faults.proxy import KINDS, Proxy, Spoil, proxy_of
from validation.net.default_index import default_index_url
from validation.net.installer_config import read_installer_config

_SHORT = {"UV_HTTP_TIMEOUT": "3"}  # uv's own setting, so that a stall costs seconds
_PAGES, _FILES = r"/simple/", r"\.whl$"


def index(lab: Lab) -> Proxy:
    """Return the lab's proxy in front of the person's own index, opened once."""
    if "index" not in lab.proxies:
        upstream = read_installer_config(os.environ, None).index_url or default_index_url()
        lab.proxies["index"] = lab.shared.enter_context(proxy_of(upstream))
    return lab.proxies["index"]


def through(proxy: Proxy) -> dict[str, str]:
    """Return the settings of a person whose index is the proxy, and no folder of wheels."""
    kept = {"PIP_INDEX_URL": proxy.url, "PIP_FIND_LINKS": "", "PIP_EXTRA_INDEX_URL": ""}
    return {**kept, "PIP_CONFIG_FILE": os.devnull}


def forget_pages(lab: Lab) -> None:
    """Empty uv's cache of this lab, so that every page is asked for."""
    lab.remove(lab.home / "uv")


def lock_spoiled(kind: str, share: int, times: int = 10**9) -> None:
    """Enter a lock through an index that is spoiled at a request drawn from the seed.

    Where it is spoiled once only, uv asks again, and nothing is seen of it. Compared only then:
    a lock states the index that it was made from, and the proxy is another one.
    """
    words = ("lock",) if times > 1 else ("lock", "--check")
    name = "index" if times > 1 else "index, once"

    @fault(f"{name}: {kind}", " ".join(words), share=share, codes={3} if times > 1 else {0})
    def lock(lab: Lab, draw: random.Random) -> Ended:
        proxy = index(lab)
        forget_pages(lab)
        with proxy.spoiling(Spoil(kind, _PAGES, after=draw.randrange(0, 6), times=times)):
            ended = lab.run(*words, **through(proxy), **_SHORT)
        assert proxy.hit, "the index was not asked that often"
        forget_pages(lab)
        return ended


for _kind in KINDS:
    lock_spoiled(_kind, 2)
    lock_spoiled(_kind, 1, times=1)


def build_spoiled(kind: str, share: int, path: str, where: str) -> None:
    """Enter a build whose wheels come through a spoiled index; a stall ends by --timeout."""

    @fault(f"index: {kind}", where, share=share, codes={3}, deep=True)
    def build(lab: Lab, draw: random.Random) -> Ended:
        proxy = index(lab)
        lab.docker("builder", "prune", "--force", "--filter", "type=exec.cachemount")
        limit = ("--timeout", "20") if kind == "stall" else ()
        with proxy.spoiling(Spoil(kind, path, after=draw.randrange(0, 4))):
            ended = lab.run("build", *limit, **through(proxy))
        assert proxy.hit, f"the index was not asked that often: {ended.text}"
        return ended


for _kind in KINDS:
    build_spoiled(_kind, 1, _PAGES, "build, pages")
for _kind in ("truncated",):
    build_spoiled(_kind, 1, _FILES, "build, wheels")
