"""What each layer of a built image is there for, told by the instruction that made it.

Pure; imports prove.receipt. The layers are the engine's own words: `docker image inspect` and
`docker history`, which name the digests and the instructions apart from each other.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from validation.prove.receipt import LayerFacts

_OURS = ("# ", "uv venv ")
"""How the commands of our templates begin; those of bases do not begin with a comment."""

_MAKERS = ("RUN ", "COPY ", "ADD ", "WORKDIR ", "/bin/sh -c ")
"""Instructions that make a layer even where it holds nothing."""

_GROUPS = (
    ("# install torch.lock", "torch"),
    ("# install requirements.lock", "packages"),
    ("COPY trainer ", "trainer"),
    ("uv venv ", "python"),
    ("# fetch Python ", "python"),
)
"""What an instruction says, and the group that its layer belongs to; the others are "system"."""


def layer_facts(
    digests: Sequence[str], history: Sequence[Mapping[str, Any]]
) -> tuple[LayerFacts, ...]:
    """Return every layer, lowest first: its digest, its group and its unpacked bytes.

    `digests` are RootFS.Layers, `history` the entries of `docker history`, newest first as it
    tells them. Instructions that only change settings have entries and no layers. Where the two do
    not match, an engine that counts otherwise, the layers are told without their digests.
    """
    entries = [entry for entry in reversed(history) if _makes_layer(entry)]
    names = list(digests) if len(digests) == len(entries) else [""] * len(entries)
    found: list[LayerFacts] = []
    ours = False
    for digest, entry in zip(names, entries, strict=True):
        made_by = str(entry.get("CreatedBy") or "")
        ours = ours or _command(made_by).startswith(_OURS)
        group = _group(made_by) if ours else "base"
        found.append(LayerFacts(digest=digest, group=group, size=int(entry.get("Size") or 0)))
    return tuple(found)


def sizes_by_group(layers: Sequence[LayerFacts]) -> dict[str, int]:
    """Return the bytes of each group, in the order in which the groups come first."""
    sizes: dict[str, int] = {}
    for layer in layers:
        sizes[layer.group] = sizes.get(layer.group, 0) + layer.size
    return sizes


def _makes_layer(entry: Mapping[str, Any]) -> bool:
    made_by = str(entry.get("CreatedBy") or "")
    empty = "#(nop)" in made_by  # how the builder before BuildKit marks what runs nothing
    return bool(entry.get("Size")) or (made_by.startswith(_MAKERS) and not empty)


def _command(made_by: str) -> str:
    """Return the shell command of a RUN, whatever build arguments stand before it."""
    return made_by.partition("/bin/sh -c ")[2]


def _group(made_by: str) -> str:
    return next((group for words, group in _GROUPS if words in made_by), "system")
