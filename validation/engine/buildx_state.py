"""buildx's own state: which builders there are, which is current; kept in our cache.

Imports nothing of ours. Seen with buildx 0.13: where the file is cut short, every command ends
with "unexpected end of JSON input", and none of them mends it. Without it the default is used.
"""

import contextlib
import json
import os
from pathlib import Path


def mend_buildx_state(folder: Path) -> None:
    """Remove the file that names the current builder where it is damaged; buildx writes it anew."""
    current = folder / "current"
    try:
        json.loads(current.read_bytes())
    except ValueError:
        with contextlib.suppress(OSError):
            current.unlink()
    except OSError:
        return


def buildx_folder(cache: Path, builder: str = "") -> str:
    """Return where buildx keeps its state: in our cache, so that ~/.docker is never written.

    Unless the person has named a folder (BUILDX_CONFIG), or names a `builder` that they made.
    """
    named = os.environ.get("BUILDX_CONFIG")
    theirs = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "buildx"
    made_there = builder and (theirs / "instances" / builder).is_file()
    return named or str(theirs if made_there else cache / "buildx")
