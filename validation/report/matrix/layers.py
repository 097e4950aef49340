"""What images' layers weigh by group, and which of them several images share.

Pure; imports prove.receipt, model and the report's records.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from validation.prove.receipt import LayerFacts, Receipt
from validation.report.matrix.records import Layer, SharedLayer

Shares = Mapping[str, SharedLayer]
"""The layers of several images, by digest."""


def shared_layers(newest: Iterable[Receipt]) -> dict[str, SharedLayer]:
    """Return the layers that are in several images, those first that save most.

    Of a layer whose digest the engine did not tell nobody knows who shares it.
    """
    layers: dict[str, LayerFacts] = {}
    images: dict[str, list[str]] = {}
    for receipt in newest:
        for layer in {layer.digest: layer for layer in receipt.layers if layer.digest}.values():
            layers[layer.digest] = layer
            images.setdefault(layer.digest, []).append(receipt.image.id)
    found = [
        SharedLayer(
            digest=digest,
            group=layers[digest].group,
            size=layers[digest].size,
            images=tuple(sorted(names)),
        )
        for digest, names in images.items()
        if len(names) > 1 and layers[digest].size
    ]
    found.sort(key=lambda one: (-one.size * (len(one.images) - 1), one.digest))
    return {one.digest: one for one in found}


def layers_of(receipt: Receipt, shares: Shares) -> tuple[Layer, ...]:
    """Return the groups of an image's layers, in the order in which they were laid."""
    size: Counter[str] = Counter()
    shared: Counter[str] = Counter()
    for layer in receipt.layers:
        size[layer.group] += layer.size
        shared[layer.group] += layer.size if layer.digest in shares else 0
    return tuple(
        Layer(group=group, size=total, shared=shared[group]) for group, total in size.items()
    )


def on_disk(newest: Sequence[Receipt]) -> int | None:
    """Return the bytes that all layers take on one disk, each once; None where none is known."""
    layers = [layer for receipt in newest for layer in receipt.layers]
    known = {layer.digest: layer.size for layer in layers if layer.digest}
    unknown = sum(layer.size for layer in layers if not layer.digest)
    return sum(known.values()) + unknown if layers else None
