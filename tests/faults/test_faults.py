"""Every injection is a test: it fails where a promise was broken."""

import pytest

from tests.faults.judge import examine

pytestmark = [
    pytest.mark.faults,
    # Docker's SDK leaves a socket to the garbage collector where an engine dies while asked.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def test_fault(case, ledger, request):
    if ledger.done(case):
        pytest.skip("run before: out/faults holds what it showed")
    result = examine(request.getfixturevalue("lab"), case)
    ledger.add(case, result)
    assert not result.losses, "\n".join([*result.losses, result.text])
