"""The default index is what uv says it is."""

import pytest

from validation.errors import WorldFailed
from validation.net.default_index import default_index_url
from validation.process import Completed


def uv_says(text):
    asked = []

    def runner(argv, **options):
        asked.append((argv, options))
        return Completed(argv=tuple(argv), returncode=0, stdout=text, stderr="")

    return runner, asked


def test_the_address_that_uv_emits():
    runner, asked = uv_says("--index-url https://index.example/simple\n\n")
    assert default_index_url(runner) == "https://index.example/simple"
    argv, options = asked[0]
    assert {"--emit-index-url", "--offline", "--no-config"} <= set(argv)
    assert options["stdin"] == b""


@pytest.mark.parametrize("text", ["", "--index-url", "# nothing"])
def test_a_mute_uv(text):
    with pytest.raises(WorldFailed, match="does not tell its default package index"):
        default_index_url(uv_says(text)[0])
