"""A client of the loopback server that notes its pauses instead of making them."""

import pytest
import urllib3

from validation.net.access import Access
from validation.net.web import Web


@pytest.fixture
def pauses():
    return []


@pytest.fixture
def web(pauses):
    patience = urllib3.Timeout(connect=2, read=2)
    with Web(Access(), pause=pauses.append, patience=patience) as one:
        yield one
