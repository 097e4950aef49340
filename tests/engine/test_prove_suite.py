"""Every check of the suite fails on an image with its fault, and no other check does.

A run of the suite costs seconds, so faults that do not touch the same check share an image: what
fails must be what they are to fail together, and each reason must speak of its own fault.
"""

import msgspec
import pytest

from tests.engine.bench import Prover, failed

pytestmark = pytest.mark.engine

SECRET = "h0rse-battery"  # noqa: S105  (what must be found and not repeated)
PACKAGES = "/opt/venv/lib/python3.11/site-packages"
ASLEEP = """
ENTRYPOINT ["sleep", "600"]
CMD []
HEALTHCHECK --interval=1s CMD ["true"]
"""


class Fault(msgspec.Struct, frozen=True):
    """Dockerfile lines or another declaration, the checks that must fail, and what they say."""

    lines: str
    fails: set[str]
    says: str
    declared: dict[str, object] = {}


def as_root(lines: str) -> str:
    return f"USER root\n{lines}\nUSER 1000:1000"


def file(path: str, text: str, mode: str = "644") -> str:
    return as_root(f"COPY --chmod={mode} <<'END' {path}\n{text}\nEND")


def notice_then_service() -> str:
    program = "import runpy, sys; print('DEPRECATION NOTICE'); sys.argv = ['trainer', 'infer']; "
    program += "runpy.run_module('trainer', run_name='__main__')"
    return f'ENTRYPOINT ["python", "-u", "-c", "{program}"]\nCMD []'


def broken_module() -> str:
    """A shared object that needs a library which is nowhere, as a bad wheel has."""
    return as_root(
        f"""RUN <<'SH'
python - <<'PY'
import pathlib
top = pathlib.Path("{PACKAGES}")
source = next(top.glob("pydantic_core/*.so"))
name, other = b"libc.so.6\\0", b"libq.so.6\\0"
content = source.read_bytes()
assert name in content
(top / "broken.so").write_bytes(content.replace(name, other))
PY
SH"""
    )


FAULTS = {
    "configuration": {
        "end-of-life flag": Fault(
            "ENV NVIDIA_CUDA_END_OF_LIFE=1", {"banner.no_end_of_life_flag"}, "END_OF_LIFE=1"
        ),
        "wrong axis label": Fault(
            'LABEL imagewright.os="debian13"', {"labels.tell_the_axes"}, "imagewright.os"
        ),
        "no revision": Fault(
            'LABEL org.opencontainers.image.revision=""', {"labels.tell_the_source"}, "revision"
        ),
        "no base digest": Fault(
            'LABEL org.opencontainers.image.base.digest=""', {"labels.tell_the_base"}, "digest"
        ),
        "no inputs": Fault('LABEL imagewright.inputs=""', {"labels.tell_the_inputs"}, "inputs"),
        "a password in the environment": Fault(
            f"ENV PIP_INDEX_URL=https://me:{SECRET}@pypi.example.com/simple",
            {"secrets.no_credentials_in_the_configuration"},
            "ENV PIP_INDEX_URL",
        ),
        "a password in a build argument": Fault(
            as_root(f"ARG TOKEN={SECRET}\nRUN true"),
            {"secrets.no_credentials_in_the_configuration"},
            "history",
        ),
        "verification off in the environment": Fault(
            "ENV GIT_SSL_NO_VERIFY=true",
            {"secrets.no_tls_bypass_in_the_configuration"},
            "GIT_SSL_NO_VERIFY",
        ),
        "no data folder": Fault(
            "ENV IMAGEWRIGHT_DATA=/nowhere", {"user.data_folder_is_writable"}, "IMAGEWRIGHT_DATA"
        ),
        "too large": Fault("", {"size.within_budget"}, "budget is 10 MB", {"budget_mb": 10}),
    },
    "files": {
        "notice of the base": Fault(
            file(
                "/opt/nvidia/nvidia_entrypoint.sh",
                "#!/bin/sh\necho 'THIS IMAGE IS DEPRECATED and is scheduled for DELETION.'",
                "755",
            ),
            {"banner.base_shows_no_notice"},
            "IMAGE IS DEPRECATED",
        ),
        "notice at start": Fault(
            notice_then_service(), {"banner.start_shows_no_notice"}, "DEPRECATION NOTICE"
        ),
        "a cache, removed later": Fault(
            as_root(
                "RUN mkdir -p /root/.cache/pip && echo x > /root/.cache/pip/wheel\n"
                "RUN rm -r /root/.cache"
            ),
            {"leftovers.no_caches"},
            "/root/.cache/pip/wheel",
        ),
        "a compiler": Fault(
            as_root("RUN ln -s /bin/true /usr/local/bin/gcc"), {"leftovers.no_build_tools"}, "gcc"
        ),
        "a wheel that needs what is not there": Fault(
            broken_module(), {"libraries.resolve"}, "broken.so needs libq.so.6"
        ),
        "another version": Fault(
            as_root(f"RUN sed -i 's/^Version: .*/Version: 0.0.1/' {PACKAGES}/numpy-*/METADATA"),
            {"packages.versions_are_declared", "packages.lock_is_installed"},
            "found 0.0.1",
        ),
        "a package more": Fault(
            file(
                f"{PACKAGES}/extra-1.0.dist-info/METADATA",
                "Metadata-Version: 2.1\nName: extra\nVersion: 1.0",
            ),
            {"packages.lock_is_installed"},
            "extra 1.0 is not in the lock",
        ),
        "a password in a file, removed later": Fault(
            file("/etc/pip.conf", f"[global]\nindex-url = https://me:{SECRET}@pypi.example.com/")
            + "\n"
            + as_root("RUN rm /etc/pip.conf"),
            {"secrets.no_credentials_in_files"},
            "/etc/pip.conf",
        ),
        "verification off in a file": Fault(
            file("/etc/uv/uv.toml", "allow-insecure-host = ['pypi.example.com']"),
            {"secrets.no_tls_bypass_in_files"},
            "/etc/uv/uv.toml",
        ),
        "the user owns the code": Fault(
            as_root("RUN chown -R 1000:1000 /opt/imagewright"),
            {"user.cannot_change_the_environment"},
            "/opt/imagewright",
        ),
    },
    "service": {
        "never healthy": Fault(
            "HEALTHCHECK --interval=1s --timeout=1s --start-period=1s --retries=1 "
            'CMD ["python", "-c", "raise SystemExit(\'out of order\')"]',
            {"health.turns_healthy"},
            "out of order",
        ),
        "shell as entrypoint": Fault(
            "ENTRYPOINT exec python -m trainer infer",
            {"health.entrypoint_is_exec_form"},
            "/bin/sh",
        ),
        "root": Fault(
            "USER root",
            # without capabilities even root cannot write a folder of the image's user
            {
                "user.is_not_root",
                "user.cannot_change_the_environment",
                "user.data_folder_is_writable",
            },
            "USER is root",
        ),
        "another Python": Fault(
            "",
            {"python.version_is_declared", "labels.tell_the_axes"},
            "declared 3.12",
            {"python": "3.12"},
        ),
    },
    "shell": {
        "shell in the health check": Fault(
            "HEALTHCHECK --interval=1s CMD python -m trainer health",
            {"health.check_needs_no_curl"},
            "CMD-SHELL",
        ),
        "torch where none should be": Fault(
            file(
                f"{PACKAGES}/torch-2.0.dist-info/METADATA",
                "Metadata-Version: 2.1\nName: torch\nVersion: 2.0",
            ),
            {"packages.absent_is_absent", "packages.lock_is_installed"},
            "torch 2.0",
        ),
    },
    "path": {
        "python is not the environment's": Fault(
            "ENV PATH=/usr/local/bin:/usr/bin:/bin\n"
            'ENTRYPOINT ["/opt/venv/bin/python", "-m", "trainer"]\nCMD ["infer"]\n'
            'HEALTHCHECK --interval=1s CMD ["/opt/venv/bin/python", "-m", "trainer", "health"]',
            {"python.is_the_environments"},
            "python",
        ),
    },
    "asleep": {
        "nothing on the port": Fault(ASLEEP, {"health.answers"}, "no answer on port 8002"),
        "a shared library removed": Fault(
            as_root(f"RUN rm {PACKAGES}/numpy.libs/libscipy_openblas*"),
            {
                "libraries.resolve",
                "packages.requirements_are_imported",
                "packages.onnxruntime_runs_a_model",
            },
            "needs libscipy_openblas",
        ),
    },
}


@pytest.fixture(scope="module")
def prover(line):
    prover = Prover(line.root)
    yield prover
    prover.close()


@pytest.fixture(scope="module")
def sound(prover):
    """What the suite finds in the inference image itself."""
    return prover.check(prover.built("inference"))


def test_the_image_itself_passes(sound):
    assert failed(sound) == {}
    ran = {name for name, proof in sound.items() if proof.outcome == "passed"}
    assert len(ran) >= 24
    assert all(proof.reason for proof in sound.values() if proof.outcome == "skipped")
    assert all(proof.about for proof in sound.values())


@pytest.mark.parametrize("group", FAULTS)
def test_faults_fail_their_checks_and_no_other(prover, group):
    faults = FAULTS[group].values()
    declared = {name: value for fault in faults for name, value in fault.declared.items()}
    lines = "\n".join(fault.lines for fault in faults)
    found = failed(prover.check(prover.variant("inference", lines), **declared))
    assert set(found) == set().union(*(fault.fails for fault in faults)), found
    for fault in faults:
        assert any(fault.says in found[name] for name in fault.fails), (fault, found)
    assert not any(SECRET in reason for reason in found.values())


def test_a_cpu_torch_in_an_image_for_gpus_fails_its_checks(prover):
    found = failed(prover.check(prover.built("cpu"), cuda="12.6", variant="cu126"))
    assert set(found) == {
        "packages.torch_variant",
        "labels.tell_the_axes",
        "cuda.torch_computes_on_gpus",
        "cuda.code_covers_the_fleet",
    }
    assert "2.13.0+cpu is built for the CPU" in found["cuda.torch_computes_on_gpus"]
    assert "no code for GPUs at all" in found["cuda.code_covers_the_fleet"]


def test_a_base_whose_packages_were_replaced_fails_its_check(prover):
    replaced = prover.variant(
        "cpu", file("/opt/imagewright/constraints.txt", "torch==2.11.0\nnumpy==0.1")
    )
    found = failed(prover.check(replaced, topics=("packages",), source="rootfs"))
    assert set(found) == {"packages.base_is_kept"}
    assert "torch kept 2.11.0, found 2.13.0" in found["packages.base_is_kept"]


FOR_GPUS = ("cuda.", "cupy.", "gpu", "health.uses_the_device")
"""Checks of images for GPUs: `test_prove_cuda` makes them fail, on such an image."""


def test_every_check_has_a_fault(sound):
    """A check that nothing here can make fail would prove nothing."""
    shown = {name for group in FAULTS.values() for fault in group.values() for name in fault.fails}
    shown |= {"packages.torch_variant", "packages.base_is_kept"}
    assert {name for name in sound if not name.startswith(FOR_GPUS)} == shown
