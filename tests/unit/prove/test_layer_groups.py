"""Layers are told by the instructions that made them."""

from validation.prove.layer_groups import layer_facts, sizes_by_group

BEGIN = "set -eu\nif [ -f /run/secrets/installer ]; then . /run/secrets/installer; fi\n"
IMPORTED = [{"Size": 74, "CreatedBy": "", "Comment": "Imported from -"}]
OURS = [
    {"Size": 46, "CreatedBy": f"RUN /bin/sh -c # apt-get install python3.11\n{BEGIN} # buildkit"},
    {"Size": 9, "CreatedBy": "RUN /bin/sh -c # make the user imagewright\nset -eu # buildkit"},
    {"Size": 3, "CreatedBy": "RUN /bin/sh -c uv venv --no-cache /opt/venv # buildkit"},
    {"Size": 0, "CreatedBy": "ARG TORCH_INDEX=https://example.com/whl/cpu"},
    {
        "Size": 5391,
        "CreatedBy": f"RUN |1 TORCH_INDEX=https://example.com/whl/cpu /bin/sh -c "
        f"# install torch.lock\n{BEGIN} # buildkit",
    },
    {"Size": 363, "CreatedBy": f"RUN /bin/sh -c # install requirements.lock\n{BEGIN} # buildkit"},
    {"Size": 1, "CreatedBy": "COPY trainer /opt/imagewright/trainer # buildkit"},
    {"Size": 0, "CreatedBy": "ENV PATH=/opt/venv/bin"},
    {"Size": 0, "CreatedBy": "WORKDIR /home/imagewright"},
    {"Size": 0, "CreatedBy": 'CMD ["serve"]'},
]
NVIDIA = [
    {"Size": 78, "CreatedBy": "/bin/sh -c #(nop) ADD file:1b6c in / "},
    {"Size": 0, "CreatedBy": '/bin/sh -c #(nop)  CMD ["/bin/bash"]'},
    {"Size": 0, "CreatedBy": "ENV NVARCH=x86_64"},
    {"Size": 18, "CreatedBy": "RUN |1 TARGETARCH=amd64 /bin/sh -c apt-get update # buildkit"},
    {"Size": 4, "CreatedBy": "COPY NGC-DL-CONTAINER-LICENSE / # buildkit"},
]


def told(history, layers):
    digests = [f"sha256:{at}" for at in range(layers)]
    return layer_facts(digests, list(reversed(history)))


def test_each_layer_has_its_group_digest_and_size():
    found = told(IMPORTED + OURS, 8)
    assert [layer.group for layer in found] == [
        "base", "system", "system", "python", "torch", "packages", "trainer", "system",
    ]  # fmt: skip
    assert found[4].digest == "sha256:4"
    assert found[4].size == 5391


def test_all_of_a_base_is_the_base():
    found = told(NVIDIA + OURS, 10)
    assert [layer.group for layer in found][:4] == ["base", "base", "base", "system"]
    assert sizes_by_group(found)["base"] == 100


def test_sizes_add_up():
    sizes = sizes_by_group(told(IMPORTED + OURS, 8))
    assert sizes == {
        "base": 74, "system": 55, "python": 3, "torch": 5391, "packages": 363, "trainer": 1,
    }  # fmt: skip


def test_an_engine_that_counts_otherwise_gives_sizes_without_digests():
    found = told(IMPORTED + OURS, 3)
    assert {layer.digest for layer in found} == {""}
    assert sum(layer.size for layer in found) == 5887


def test_nothing_is_nothing():
    assert layer_facts((), ()) == ()
