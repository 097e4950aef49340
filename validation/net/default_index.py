"""The address of the public Python package index, as the installer itself has it.

Imports process and errors. It is asked of uv, which Imagewright installs anyway and which will
resolve against that very address: `uv pip compile --emit-index-url` prints the index that it
uses, without reaching it. No address of a registry is written down here, and none of pip's
internals is imported: pip is not there in an environment that uv made.
"""

from uv import find_uv_bin

from validation.errors import WorldFailed
from validation.process import Runner, run


def default_index_url(runner: Runner = run) -> str:
    """Return the index of an installer without settings; raises `WorldFailed` if uv is mute."""
    told = runner(
        [find_uv_bin(), "pip", "compile", "-", "--emit-index-url", "--no-header", "--offline",
         "--no-config", "--quiet"],
        stdin=b"",
    )  # fmt: skip
    words = told.stdout.split()
    if "--index-url" not in words[:-1]:
        raise WorldFailed(
            "uv does not tell its default package index", hint="set UV_DEFAULT_INDEX to its address"
        )
    return words[words.index("--index-url") + 1]
