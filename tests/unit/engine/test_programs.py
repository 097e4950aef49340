"""Which packages make an engine."""

import pytest

from validation.engine.programs import Pick, major, pick_packages

BOOKWORM = {
    "docker.io": "20.10.24+dfsg1-1",
    "containerd": "1.6.20~ds1-1",
    "runc": "1.1.5+ds1-1",
    "docker-compose": "1.29.2-3",
    "tini": "0.19.0-1",
}
TRIXIE = {
    "docker.io": "26.1.5+dfsg1-9",
    "docker-cli": "26.1.5+dfsg1-9",
    "containerd": "1.7.24~ds1-6",
    "runc": "1.1.15+ds1-2",
    "docker-buildx": "0.13.1+ds1-3",
    "docker-compose": "2.26.1-4",
    "tini": "0.19.0-3",
}
NOBLE = {
    "docker.io": "28.2.2-0ubuntu1~24.04.1",
    "containerd": "1.7.28-0ubuntu1~24.04.1",
    "runc": "1.3.3-0ubuntu1~24.04.2",
    "docker-buildx": "0.21.3-0ubuntu1~24.04.1",
    "docker-compose": "1.29.2-6",
    "docker-compose-v2": "2.40.3-0ubuntu1~24.04.1",
}


@pytest.mark.parametrize(
    ("version", "expected"),
    [("26.1.5+dfsg1-9", 26), ("1:20.10.7-0ubuntu5", 20), ("unknown", 0)],
)
def test_major_number_of_a_package(version: str, expected: int) -> None:
    assert major(version) == expected


def test_an_engine_without_buildkits_heredocs_is_not_picked() -> None:
    assert pick_packages("bookworm", BOOKWORM) is None


def test_a_borrowed_engine_keeps_the_hosts_own_runc() -> None:
    pick = pick_packages("trixie", TRIXIE, BOOKWORM)
    assert pick is not None
    assert pick.own == {"runc": BOOKWORM["runc"]}
    assert pick.packages == {name: TRIXIE[name] for name in TRIXIE if name != "runc"}


def test_a_good_engine_of_the_hosts_own_release_is_taken_whole() -> None:
    assert pick_packages("trixie", TRIXIE) == Pick(release="trixie", packages=TRIXIE)


def test_ubuntu_has_the_client_in_the_engine_and_compose_under_another_name() -> None:
    pick = pick_packages("noble", NOBLE)
    assert pick is not None
    assert set(pick.packages) == {
        "docker.io", "containerd", "runc", "docker-buildx", "docker-compose-v2"
    }  # fmt: skip


def test_compose_of_the_first_generation_is_no_plugin() -> None:
    pick = pick_packages("x", {**TRIXIE, "docker-compose": "1.29.2-3"})
    assert pick is not None
    assert "docker-compose" not in pick.packages


def test_clients_alone_for_an_engine_that_lacks_buildx() -> None:
    pick = pick_packages("trixie", TRIXIE, engine=False)
    assert pick is not None
    assert set(pick.packages) == {"docker-cli", "docker-buildx", "docker-compose"}


@pytest.mark.parametrize("missing", ["docker.io", "containerd", "runc", "docker-buildx"])
def test_no_engine_without_one_of_its_parts(missing: str) -> None:
    offered = {name: version for name, version in TRIXIE.items() if name != missing}
    assert pick_packages("trixie", offered) is None
