"""The session's options, its cases, the laboratory, and the page that it writes at the end."""

import os
import platform
import shutil
import signal

import pytest

import tests.faults  # noqa: F401  (enters every fault into the catalogue)
from tests.faults.catalogue import cases
from tests.faults.lab import ROOT, open_lab
from tests.faults.ledger import Ledger, table, write_page

# A shell's background job ignores SIGINT, and so would all that is started and interrupted here.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser):
    group = parser.getgroup("faults")
    group.addoption("--seed", type=int, default=1, help="from which all moments are drawn")
    group.addoption("--count", type=int, help="about how many injections; a full session")
    group.addoption("--write", action="store_true", help="write the table to docs/reliability.md")


def _cases(config):
    return cases(config.getoption("--seed"), config.getoption("--count"))


def _ledger(config):
    return Ledger(ROOT / f"out/faults/{config.getoption('--seed')}.jsonl")


def pytest_generate_tests(metafunc):
    if "case" in metafunc.fixturenames:
        found = _cases(metafunc.config)
        metafunc.parametrize("case", found, ids=[case.id for case in found])


@pytest.fixture(scope="session")
def ledger(request):
    return _ledger(request.config)


@pytest.fixture(scope="session")
def lab():
    if os.geteuid() != 0 or platform.system() != "Linux" or shutil.which("apt-get") is None:
        pytest.skip("faults need root on Debian: an engine of their own, mounts, a full disk")
    with open_lab() as opened:
        yield opened


def pytest_sessionfinish(session):
    config = session.config
    if not config.getoption("--write"):
        return
    found, ledger = _cases(config), _ledger(config)
    missing = [case.id for case in found if case.id not in ledger.entries]
    if missing:
        print(f"\nno table: {len(missing)} cases have not been run, such as {missing[0]}")  # noqa: T201
        return
    write_page(table(found, ledger, config.getoption("--seed")))
