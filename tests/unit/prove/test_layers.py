"""An image's layers are read as `docker save` writes them, hidden files included."""

import io
import tarfile

import pytest

from validation.prove.archive import pack, unpack
from validation.prove.layers import is_cache, is_setting, read_layers, unread


def tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def saved(*layers: dict[str, bytes]) -> list[bytes]:
    """Return chunks of an image as `docker save` gives them, cut at an odd size."""
    blobs = {f"blobs/sha256/{at}": tar(layer) for at, layer in enumerate(layers)}
    image = tar({"oci-layout": b"{}", **blobs, "manifest.json": b'[{"Layers": []}]'})
    return [image[at : at + 1000] for at in range(0, len(image), 1000)]


def test_a_file_that_a_later_layer_hides_is_read():
    found = read_layers(
        saved(
            {"etc/pip.conf": b"index-url = https://me:secret@host/"},
            {"etc/.wh.pip.conf": b"", "usr/bin/x": b"\x7fELF"},
        )
    )
    assert found.texts["/etc/pip.conf"] == ("index-url = https://me:secret@host/",)
    assert found.files == 3


def test_every_version_of_a_file_is_kept():
    found = read_layers(saved({"root/.netrc": b"one"}, {"root/.netrc": b"two"}))
    assert found.texts["/root/.netrc"] == ("one", "two")


def test_caches_are_named_and_empty_folders_are_none():
    found = read_layers(
        saved(
            {
                "root/.cache/pip/http/a": b"x",
                "var/lib/apt/lists/deb.example_Packages": b"x",
                "var/lib/apt/lists/lock": b"",
                "opt/venv/lib/python3.11/site-packages/a.py": b"x",
            }
        )
    )
    assert found.caches == ("/root/.cache/pip/http/a", "/var/lib/apt/lists/deb.example_Packages")


def test_binary_and_large_files_are_not_texts():
    layers = {"etc/a": b"a\0b", "etc/b": b"x" * 70000, "usr/share/doc/c": b"text", "etc/d": b"text"}
    assert list(read_layers(saved(layers)).texts) == ["/etc/d"]


def test_no_image_holds_nothing():
    assert read_layers([]).files == 0
    assert read_layers([b"not a tar at all"]).files == 0


def test_a_layer_that_cannot_be_read_is_told():
    zstd = b"\x28\xb5\x2f\xfd" + bytes(range(256)) * 4
    blobs = {"a": tar({"usr/bin/x": b"x"}), "b": zstd, "c": tar({}), "manifest.json": b"[{}]"}
    found = read_layers([tar(blobs)])
    assert (found.layers, found.files) == (2, 1)
    assert unread(found, ["a", "c"]) == ""
    assert unread(found, ["a", "b", "c"]).startswith("2 of 3 layers could be read")
    assert unread(read_layers([]), ["a"]).startswith("0 of 1 layers")


def test_layers_that_are_the_same_are_saved_once():
    assert unread(read_layers(saved({"usr/x": b"x"}, {})), ["a", "empty", "empty"]) == ""


@pytest.mark.parametrize("path", ["tmp/x", "home/me/.cache/uv/a", "var/cache/apt/archives/a.deb"])
def test_cache_paths(path):
    assert is_cache(path)


@pytest.mark.parametrize(
    "path", ["opt/venv/lib/python3.11/tmp/x", "var/lib/dpkg/status", "var/lib/apt/lists/partial"]
)
def test_other_paths_are_no_cache(path):
    assert not is_cache(path)


def test_settings_are_found_wherever_they_lie():
    assert is_setting("etc/anything")
    assert is_setting("opt/app/pip.conf")
    assert not is_setting("usr/share/doc/pip/README")


def test_files_go_in_and_come_out(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "model.onnx").write_bytes(b"model")
    packed = pack([tmp_path / "in" / "model.onnx"], "parity")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        assert {(m.name, m.uid, m.gid) for m in archive} == {
            ("parity", 1000, 1000),
            ("parity/model.onnx", 1000, 1000),
        }
    written = unpack([packed[:700], packed[700:]], tmp_path / "out")
    assert written == (tmp_path / "out" / "model.onnx",)
    assert written[0].read_bytes() == b"model"


def test_a_hostile_archive_stays_in_its_folder(tmp_path):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name in ("../../escape", "/etc/absolute", "smoke/.."):
            member = tarfile.TarInfo(name)
            member.size = 1
            archive.addfile(member, io.BytesIO(b"x"))
        for name, kind in (("link", tarfile.SYMTYPE), ("fifo", tarfile.FIFOTYPE)):
            member = tarfile.TarInfo(name)
            member.type = kind
            member.linkname = "/etc/passwd"
            archive.addfile(member)
    written = unpack([buffer.getvalue()], tmp_path / "deep" / "out")
    assert {path.name for path in written} == {"escape", "absolute"}
    assert {p.name for p in tmp_path.rglob("*") if p.is_file()} == {"escape", "absolute"}
    assert all(path.parent == tmp_path / "deep" / "out" for path in written)
