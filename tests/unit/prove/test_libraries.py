"""The allow-list's logic, and the ELF reader on this Python's own shared objects."""

import json
import shutil
import struct
import subprocess
import sys
import sysconfig
from pathlib import Path

import msgspec._core
import pytest

from validation.prove.libraries import ALLOWED, Allowed, Missing, judge
from validation.prove.probes import libraries as probe

PROBE = Path(probe.__file__)
DRIVER = Missing(library="libcuda.so.1", needed_by="torch/lib/libc10_cuda.so")


def extension() -> Path:
    """A compiled module of msgspec, which is always installed with us."""
    return Path(str(msgspec._core.__file__))


def test_the_driver_may_be_missing_from_a_cuda_image_only():
    assert judge([DRIVER], "cuda", ()).unresolved == ()
    assert judge([DRIVER], "cpu", ()).unresolved == (DRIVER,)


def test_what_is_not_on_the_list_is_unresolved():
    item = Missing(library="libopenblas.so.0", needed_by="numpy/core.so")
    assert judge([item, DRIVER], "cuda", ()).unresolved == (item,)


def test_an_entry_allows_only_what_needs_it():
    entry = Allowed(library="libx.so", needed_by="nvidia/*", device="cuda", because="optional")
    inside = Missing(library="libx.so", needed_by="nvidia/lib/a.so")
    outside = Missing(library="libx.so", needed_by="torch/lib/a.so")
    verdict = judge([inside, outside], "cuda", (), [entry])
    assert verdict.unresolved == (outside,)
    assert verdict.used == (entry,)


def test_unused_entries_are_told_for_the_device_they_are_for():
    used = {entry.library for entry in judge([DRIVER], "cuda", ()).used}
    unused = {entry.library for entry in judge([DRIVER], "cuda", ()).unused}
    assert used == {"libcuda.so.1"}
    assert unused == {entry.library for entry in ALLOWED if entry.package is None} - used
    assert judge([], "cpu", ()).unused == ()


def test_an_entry_of_a_package_is_in_force_only_with_it():
    item = Missing(library="libtorch.so", needed_by="torch/bin/test_shim")
    for device in ("cpu", "cuda"):
        assert judge([item], device, {"torch"}).unresolved == ()
        assert judge([item], device, {"numpy"}).unresolved == (item,)
    assert judge([], "cpu", {"numpy"}).unused == ()
    assert len(judge([], "cpu", {"torch"}).unused) == 3


def test_every_entry_has_a_reason():
    assert all(len(entry.because) > 20 for entry in ALLOWED)


def test_reads_what_readelf_reads():
    readelf = shutil.which("readelf")
    if readelf is None:
        pytest.skip("readelf is not installed here")
    shown = subprocess.run(
        [readelf, "--dynamic", "--wide", extension()], capture_output=True, text=True, check=True
    ).stdout
    wanted = [line.split("[")[1].rstrip("]") for line in shown.splitlines() if "(NEEDED)" in line]
    assert probe.read_elf(extension()).needed == wanted


def test_finds_the_libraries_of_a_real_extension():
    elf = probe.read_elf(extension())
    assert "libc.so.6" in elf.needed
    folder = str(extension().parent)
    system = probe.system_folders()
    assert all(probe.resolves(name, elf, folder, system) for name in elf.needed)


def patched(source: Path, target: Path, library: bytes, other: bytes) -> None:
    """Copy an ELF file with one needed library renamed to another of the same length."""
    assert len(library) == len(other)
    content = source.read_bytes()
    assert library + b"\0" in content
    target.write_bytes(content.replace(library + b"\0", other + b"\0"))


def test_names_the_missing_library_and_who_needs_it(tmp_path):
    patched(extension(), tmp_path / "module.so", b"libc.so.6", b"libq.so.6")
    found = probe.scan(tmp_path)
    assert found["scanned"] == 1
    assert found["missing"] == [
        {"library": "libq.so.6", "needed_by": "module.so", "elsewhere": None}
    ]


def test_tells_where_a_library_lies_that_the_loader_does_not_look_for(tmp_path):
    patched(extension(), tmp_path / "module.so", b"libc.so.6", b"libq.so.6")
    (tmp_path / "hidden.libs").mkdir()
    shutil.copy(extension(), tmp_path / "hidden.libs" / "libq.so.6")
    assert [item["elsewhere"] for item in probe.scan(tmp_path)["missing"]] == [
        "hidden.libs/libq.so.6"
    ]


def test_library_path_counts_and_another_machines_library_does_not(tmp_path, monkeypatch):
    top, place = tmp_path / "top", tmp_path / "more"
    top.mkdir()
    place.mkdir()
    patched(extension(), top / "module.so", b"libc.so.6", b"libq.so.6")
    content = bytearray(extension().read_bytes())
    monkeypatch.setenv("LD_LIBRARY_PATH", str(place))
    struct.pack_into("<H", content, 18, 243)  # EM_RISCV
    (place / "libq.so.6").write_bytes(content)
    missing = [item["library"] for item in probe.scan(top)["missing"]]
    assert missing == ["libq.so.6"]
    shutil.copy(extension(), place / "libq.so.6")
    assert probe.scan(top)["missing"] == []


def test_origin_is_where_the_object_lies(tmp_path):
    shutil.copy(extension(), tmp_path / "libq.so.6")
    elf = probe.Elf(machine=probe.read_elf(extension()).machine, runpath="$ORIGIN/..")
    assert probe.resolves("libq.so.6", elf, str(tmp_path / "deep"), []) is False
    (tmp_path / "deep").mkdir()
    assert probe.resolves("libq.so.6", elf, str(tmp_path / "deep"), []) is True


def test_rpath_counts_only_without_runpath(tmp_path):
    shutil.copy(extension(), tmp_path / "libq.so.6")
    machine = probe.read_elf(extension()).machine
    alone = probe.Elf(machine=machine, rpath=str(tmp_path))
    overruled = probe.Elf(machine=machine, rpath=str(tmp_path), runpath="/nowhere")
    assert probe.resolves("libq.so.6", alone, "/", []) is True
    assert probe.resolves("libq.so.6", overruled, "/", []) is False


@pytest.mark.parametrize(
    "content", [b"", b"\x7fELF", b"!<arch>\n" * 20, b"\x7fELF\x01\x01" + b"\0" * 90]
)
def test_other_files_are_no_elf(tmp_path, content):
    path = tmp_path / "libtext.so"
    path.write_bytes(content)
    with pytest.raises(probe.NotElf):
        probe.read_elf(path)
    assert probe.scan(tmp_path) == {"scanned": 0, "missing": []}


def test_configured_folders_follow_includes(tmp_path):
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "b.conf").write_text("/opt/b # a remark\n")
    (tmp_path / "conf.d" / "a.conf").write_text("/opt/a\n")
    (tmp_path / "ld.so.conf").write_text(
        f"include {tmp_path}/conf.d/*.conf\n/opt/c\ninclude conf.d/a*\n"
    )
    assert probe.configured_folders(tmp_path / "ld.so.conf") == [
        "/opt/a", "/opt/b", "/opt/c", "/opt/a",
    ]  # fmt: skip


def test_runs_as_a_script_with_the_standard_library_alone():
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", PROBE.read_text(), sysconfig.get_path("platlib")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["scanned"] > 0


def test_plug_ins_of_nvshmem_may_lack_what_they_plug_into_where_nvshmem_is():
    needed_by = "nvidia/nvshmem/lib/nvshmem_bootstrap_mpi.so.3"
    missing = [Missing(library="libmpi.so.40", needed_by=needed_by)]
    assert judge(missing, "cuda", {"nvidia-nvshmem-cu13"}).unresolved == ()
    assert judge(missing, "cuda", {"torch"}).unresolved
    assert judge(missing, "cpu", {"nvidia-nvshmem-cu13"}).unresolved
    elsewhere = [Missing(library="libmpi.so.40", needed_by="mpi4py/MPI.so")]
    assert judge(elsewhere, "cuda", {"nvidia-nvshmem-cu13"}).unresolved


def test_in_an_image_for_gpus_only_the_drivers_library_may_be_missing_anywhere():
    def left(library):
        return judge([Missing(library=library, needed_by="any/where.so")], "cuda", set()).unresolved

    assert left("libcuda.so.1") == ()
    for library in ("libnvidia-ml.so.1", "libcudart.so.12", "libcublas.so.12", "libnccl.so.2"):
        assert left(library)
    assert judge([Missing(library="libcuda.so.1", needed_by="x.so")], "cpu", set()).unresolved


def test_what_cupy_14_loads_by_itself_need_only_be_there():
    def left(elsewhere, installed):
        item = Missing(
            library="libcublas.so.13",
            needed_by="cupy_backends/cuda/libs/cublas.cpython-312-x86_64-linux-gnu.so",
            elsewhere=elsewhere,
        )
        return judge([item], "cuda", installed).unresolved

    assert left("nvidia/cu13/lib/libcublas.so.13", {"cuda-pathfinder"}) == ()
    assert left(None, {"cuda-pathfinder"})
    assert left("nvidia/cu13/lib/libcublas.so.13", {"cupy-cuda13x"})


def test_a_library_for_several_gpus_may_lack_its_path_but_not_its_libraries():
    def left(elsewhere):
        item = Missing(
            library="libcublas.so.13",
            needed_by="nvidia/cu13/lib/libcusolverMg.so.12",
            elsewhere=elsewhere,
        )
        return judge([item], "cuda", {"nvidia-cusolver"}).unresolved

    assert left("nvidia/cu13/lib/libcublas.so.13") == ()
    assert left(None)
