"""`imagewright refresh` from its arguments to the files, against servers on loopback."""

import functools
import hashlib
import json
import shutil

import pytest
import urllib3

from validation.cli import main, refresh
from validation.facts.load import DATA, load_facts
from validation.net import installer_config
from validation.net.simple_page import JSON
from validation.net.web import Web

DAY = "2026-11-23"
LATER = "2027-01-02"
GLIBC = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}
HUB = "/v2/repositories/nvidia/cuda/tags/?page_size=100"
SUBJECTS = ("onnx", "torch", "cuda")


def wheel(project, release, python, glibc, platform):
    """Return the name of a wheel as an index would have it."""
    tag = "cp" + python.rstrip("t+").replace(".", "")
    abi = {"+": "abi3", "t": f"{tag}t"}.get(python[-1], tag)
    machine = f"manylinux_{glibc.replace('.', '_')}_{GLIBC[platform]}"
    return f"{project}-{release}-{tag}-{abi}-{machine}.whl"


class World:
    """An index, PyTorch's index, Docker Hub and a folder of facts that say the same."""

    def __init__(self, served, reply, folder):
        self.served, self.reply, self.folder = served, reply, folder
        for name in ("onnx", "torch", "torchvision", "torchaudio", "cuda_images"):
            shutil.copyfile(DATA / f"{name}.json", folder / f"{name}.json")
        onnx = self.read("onnx")["releases"]
        self.files = {
            "onnx": [
                (wheel("onnx", name, python, glibc, platform), row["released"])
                for name, row in onnx.items()
                for platform, by_glibc in row["wheels"].items()
                for glibc, pythons in by_glibc.items()
                for python in pythons
            ],
            "torch": [
                (wheel("torch", name, python, row["pypi"]["glibc_tag"], "linux/amd64"),
                 row["released"])
                for name, row in self.read("torch")["releases"].items()
                for python in row["pypi"]["pythons"]
            ],
        }  # fmt: skip
        self.tags = [
            f"{row['cuda']}-{flavor}-{row['os']}"
            for row in self.read("cuda_images")["images"]
            for flavor in row["flavors"]
        ]
        self.serve()

    def serve(self, **extra):
        for project, files in self.files.items():
            listed = [
                {
                    "filename": name,
                    "url": f"/f/{name}",
                    "hashes": {},
                    "upload-time": f"{day}T00:00:00Z",
                    **extra.get(name.split("-")[1], {}),
                }
                for name, day in files
            ]
            page = {"meta": {"api-version": "1.1"}, "name": project, "files": listed}
            self.served.routes[f"/simple/{project}/"] = self.reply(
                json.dumps(page).encode(), headers={"Content-Type": JSON}
            )
        page = {
            "count": len(self.tags),
            "next": None,
            "results": [{"name": name} for name in self.tags],
        }
        self.served.routes[HUB] = self.reply(json.dumps(page).encode())
        self.serve_variants({})

    def serve_variants(self, listed):
        """Serve PyTorch's index: every known variant empty, but for `listed` (variant → names)."""
        known = {"cpu", *(f"cu{number}" for number in
                          (117, 118, 121, 124, 126, 128, 129, 130, 132)), *listed}  # fmt: skip
        html = {"Content-Type": "text/html"}
        for variant in known:
            links = "".join(
                f'<a href="/whl/{variant}/{name.replace("+", "%2B")}">x</a>'
                for name in listed.get(variant, ())
            )
            body = self.reply(f"<html>{links}</html>".encode(), headers=html)
            self.served.routes[f"/whl/{variant}/torch/"] = body
        every = "".join(
            f'<a href="{name.replace("+", "%2B")}">x</a>'
            for all_ in listed.values()
            for name in all_
        )
        self.served.routes["/whl/torch/"] = self.reply(every.encode(), headers=html)

    def read(self, name):
        return json.loads((self.folder / f"{name}.json").read_text("utf-8"))

    def bytes(self):
        return {path.name: path.read_bytes() for path in sorted(self.folder.iterdir())}


@pytest.fixture
def world(served, reply, tmp_path, monkeypatch):
    folder = tmp_path / "facts"
    folder.mkdir()
    for name in ("PIP_CONFIG_FILE", "UV_CONFIG_FILE", "PIP_EXTRA_INDEX_URL", "UV_INDEX"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"{served.url}/simple")
    monkeypatch.setenv("IMAGEWRIGHT_TORCH_INDEX", f"{served.url}/whl/")
    monkeypatch.setenv("IMAGEWRIGHT_HUB", served.url)
    monkeypatch.setenv("IMAGEWRIGHT_REGISTRY", f"{served.url}/registry")
    monkeypatch.setattr(installer_config.shutil, "which", lambda _: None)
    patience = urllib3.Timeout(connect=2, read=5)
    quick = functools.partial(Web, pause=lambda _: None, patience=patience)
    monkeypatch.setattr(refresh, "Web", quick)
    return World(served, reply, folder)


@pytest.fixture
def run(world, capsys):
    def call(*words, today=DAY):
        with pytest.raises(SystemExit) as ended:
            main(["refresh", "--facts", str(world.folder), "--today", today, *words])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return ended.value.code, out, err

    return call


def test_a_world_that_says_what_the_facts_say(world, run):
    before = world.bytes()
    code, out, _ = run(*SUBJECTS)
    assert code == 0, out
    summary = [line for line in out.splitlines() if not line.startswith("  ")]
    assert summary == ["onnx: unchanged", "torch: unchanged", "nvidia/cuda: unchanged"]
    assert world.bytes() == before


def test_another_day_moves_the_dates_of_what_was_read_and_is_no_finding(world, run):
    before = world.bytes()
    assert run("onnx", "--check", today=LATER)[0] == 0
    assert world.bytes() == before
    assert run("onnx", today=LATER)[0] == 0
    moved = world.read("onnx")
    assert (moved["as_of"], moved["sources"]["pypi"]["as_of"]) == (LATER, LATER)
    assert moved["releases"] == json.loads(before["onnx.json"])["releases"]
    assert {name for name, text in world.bytes().items() if text != before[name]} == {"onnx.json"}


def change(world):
    """Let one wheel vanish and a release appear, on the index and in the registry."""
    gone = wheel("onnx", "1.23.2", "3.14t", "2.27", "linux/amd64")
    world.files["onnx"] = [(name, day) for name, day in world.files["onnx"] if name != gone]
    world.files["onnx"].append((wheel("onnx", "1.24.0", "3.12+", "2.28", "linux/amd64"), DAY))
    metadata = b"Name: onnx\nVersion: 1.24.0\nRequires-Dist: numpy>=2\n"
    name = world.files["onnx"][-1][0]
    world.served.routes[f"/f/{name}.metadata"] = world.reply(metadata)
    world.tags.remove("12.6.3-base-ubuntu22.04")
    world.tags.append("13.9.0-base-ubuntu26.04")
    world.serve()


DIFF = """\
onnx: 1 new, 1 vanished
  + 1.24.0 new: released 2026-11-23; linux/amd64 3.12+; numpy >=2
  - 1.23.2 vanished: no wheel any more for linux/amd64 3.14t; kept, marked vanished
nvidia/cuda: 1 new, 1 vanished
  + 13.9.0-*-ubuntu26.04 new: base
  - 12.6.3-*-ubuntu22.04 vanished: base; kept, marked vanished
"""


@pytest.mark.parametrize(("word", "code"), [("--dry-run", 0), ("--check", 1)])
def test_a_diff_without_writing(world, run, word, code):
    change(world)
    before = world.bytes()
    assert run("onnx", "cuda", word)[:2] == (code, DIFF)
    assert world.bytes() == before


def test_a_diff_that_is_written_once(world, run, monkeypatch):
    change(world)
    assert run("onnx", "cuda")[:2] == (0, DIFF)
    written = world.bytes()
    row = world.read("onnx")["releases"]["1.23.2"]
    assert row["vanished"] == [{"noticed": DAY, "wheels": {"linux/amd64": ["3.14t"]}}]
    assert world.read("cuda_images")["sources"]["registry"]["as_of"] == DAY
    code, out, _ = run("onnx", "cuda", "--check")
    assert (code, out) == (0, "onnx: unchanged\nnvidia/cuda: unchanged\n")
    assert run("onnx", "cuda")[0] == 0
    assert world.bytes() == written, "the same world gives the same bytes"
    monkeypatch.setattr("validation.facts.load.DATA", world.folder)
    releases = load_facts().package("onnx").releases
    assert releases["1.24.0"].numpy == ">=2"
    assert releases["1.23.2"].vanished[0].noticed == DAY


def test_what_is_not_reached_does_not_keep_the_rest(world, run):
    change(world)
    before = world.bytes()
    world.served.routes[HUB] = world.reply(status=503)
    code, out, err = run("onnx", "cuda")
    assert code == 3
    assert "onnx: 1 new, 1 vanished" in out
    assert "nvidia/cuda: not read" in out
    assert "error: 1 source was not read" in err
    lines = [line for line in err.splitlines() if "HTTP" in line]
    assert len(lines) == 1
    assert "HTTP 503 (4 tries)" in lines[0]
    assert "/registry/v2/nvidia/cuda/tags/list: HTTP 404" in lines[0]
    assert world.read("onnx")["releases"]["1.24.0"]
    assert world.bytes()["cuda_images.json"] == before["cuda_images.json"]


def test_the_registry_stands_in_for_the_api(world, run):
    change(world)
    world.served.routes[HUB] = world.reply(status=403)
    listed = json.dumps({"name": "nvidia/cuda", "tags": world.tags}).encode()
    world.served.routes["/registry/v2/nvidia/cuda/tags/list?n=1000"] = world.reply(listed)
    code, out, _ = run("cuda")
    assert code == 0
    assert "+ 13.9.0-*-ubuntu26.04 new: base" in out


def test_broken_metadata_is_a_source_that_failed(world, run):
    change(world)
    wrong = {"core-metadata": {"sha256": hashlib.sha256(b"else").hexdigest()}}
    world.serve(**{"1.24.0": wrong})
    code, out, err = run("onnx")
    assert code == 3
    assert "does not have the promised SHA-256" in err
    assert "? 1.24.0: its METADATA is not served" in out
    assert "numpy" not in world.read("onnx")["releases"]["1.24.0"]


def snapshot_of(world, variant):
    """Return the files of a variant as an earlier snapshot of its index had them."""
    ends = {"linux/amd64": "linux_x86_64", "linux/arm64": "linux_aarch64",
            "windows/x86_64": "win_amd64"}  # fmt: skip
    rows = world.read("torch")["releases"].items()
    return [
        f"torch-{name}+{variant}-cp{digits}-cp{digits}-{ends[platform]}.whl"
        for name, row in rows
        if variant in row["variants"]
        for platform in row["variants"][variant]["platforms"] or ()
        for digits in (p.replace(".", "") for p in row["variants"][variant]["pythons"] or ())
    ]


def test_torch_by_its_variants(world, run):
    names = [f"torch-2.15.0+cu132-cp314-cp314{free}-linux_x86_64.whl" for free in ("", "t")]
    world.serve_variants(
        {
            "cu132": [*snapshot_of(world, "cu132"), *names],
            "cu134": ["torch-2.15.0+cu134-cp314-cp314-linux_x86_64.whl"],
        }
    )
    code, out, _ = run("torch")
    assert code == 0
    assert "+ 2.15.0+cu134 new: wheels for linux/amd64 3.14" in out
    assert "~ 2.15.0+cu132 changed: read wheel by wheel: linux/amd64 3.14, 3.14t" in out
    assert "? cu126: the variant's index is empty; nothing changed" in out
    assert "vanished" not in out
    table = world.read("torch")
    assert table["releases"]["2.15.0"]["variants_known"] is False, "others were empty"
    assert table["sources"]["pytorch-index"]["as_of"] == DAY
    assert run("torch", "--check")[0] == 0


def test_torch_without_an_index_above_the_variants(world, run):
    new = "torch-2.15.0+cu132-cp314-cp314-linux_x86_64.whl"
    world.serve_variants({"cu132": [*snapshot_of(world, "cu132"), new]})
    del world.served.routes["/whl/torch/"], world.served.routes["/whl/cu118/torch/"]
    code, out, err = run("torch")
    assert code == 3
    assert "torch: 4 changed in what was read" in out
    assert "vanished" not in out
    assert err.count("HTTP 404") == 1
    assert "/whl/cu118/torch/: HTTP 404" in err
    assert world.read("torch")["releases"]["2.15.0"]["variants"]["cu132"]["wheels"]


def test_torch_of_which_nothing_is_reached(world, run, monkeypatch):
    before = world.bytes()
    monkeypatch.setenv("IMAGEWRIGHT_TORCH_INDEX", "http://127.0.0.1:9/whl")
    world.served.routes["/simple/torch/"] = world.reply(status=404)
    code, out, err = run("torch", today=LATER)
    assert (code, out) == (3, "torch: not read\n")
    assert "2 sources were not read" in err
    assert err.count("127.0.0.1:9") == 1, "a host that is not reached is told once"
    assert world.bytes() == before


def test_a_new_torch_with_the_companion_that_pins_it(world, run):
    new = wheel("torch", "2.16.0", "3.14", "2.28", "linux/amd64")
    vision = wheel("torchvision", "0.31.0", "3.14", "2.28", "linux/amd64")
    world.files["torch"].append((new, DAY))
    world.files["torchvision"], world.files["torchaudio"] = [(vision, DAY)], []
    world.serve()
    world.serve_variants({"cu133": []})
    world.served.routes[f"/f/{new}.metadata"] = world.reply(
        b"Name: torch\nVersion: 2.16.0\n"
        b'Requires-Dist: cuda-toolkit[cudart]==13.3.1; platform_system == "Linux"\n'
    )
    world.served.routes[f"/f/{vision}.metadata"] = world.reply(
        b"Name: torchvision\nVersion: 0.31.0\nRequires-Dist: torch==2.16.0\n"
    )
    code, out, _ = run("torch")
    assert code == 0
    assert "+ 2.16.0 new: released 2026-11-23, cu133 on PyPI for linux/amd64 3.14" in out
    row = world.read("torch")["releases"]["2.16.0"]
    assert (row["torchvision"], row["torchaudio"]) == ("0.31.0", None)
    assert run("torch", "--check")[:2][0] == 0


def test_a_password_is_in_no_output(world, run, monkeypatch):
    secret = "open-sesame"  # noqa: S105  (made up, searched for below)
    url = world.served.url.replace("//", f"//me:{secret}@")
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"{url}/other")
    code, out, err = run("onnx")
    assert code == 3
    assert "/other/onnx/: HTTP 404" in err
    assert secret not in out + err
    assert world.served.requests[-1][1]["Authorization"].startswith("Basic ")


def test_arguments_that_make_no_sense(run):
    code, _, err = run("onx")
    assert code == 2
    assert "did you mean 'onnx'?" in err
    assert run("onnx", today="yesterday")[0] == 2


@pytest.mark.parametrize("text", ["{", "{}", '{"as_of": 1}'])
def test_a_table_that_is_none(world, run, text):
    (world.folder / "onnx.json").write_text(text)
    code, _, err = run("onnx")
    assert code == 2
    assert "onnx.json is no table of facts" in err
    assert (world.folder / "onnx.json").read_text() == text
