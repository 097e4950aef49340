"""Every check of the suite fails on an image with its fault, and no other check does."""

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


# fault: (Dockerfile lines, what is declared otherwise, checks that must fail, text in a reason)
FAULTS = {
    "end-of-life flag": (
        "ENV NVIDIA_CUDA_END_OF_LIFE=1", {}, {"banner.no_end_of_life_flag"}, "=1",
    ),
    "notice at start": (
        notice_then_service(), {}, {"banner.start_shows_no_notice"}, "DEPRECATION NOTICE",
    ),
    "notice of the base": (
        file("/opt/nvidia/nvidia_entrypoint.sh",
             "#!/bin/sh\necho 'THIS IMAGE IS DEPRECATED and is scheduled for DELETION.'", "755"),
        {}, {"banner.base_shows_no_notice"}, "IMAGE IS DEPRECATED",
    ),
    "never healthy": (
        'HEALTHCHECK --interval=1s --timeout=1s --start-period=1s --retries=1 '
        'CMD ["python", "-c", "raise SystemExit(\'out of order\')"]',
        {}, {"health.turns_healthy"}, "out of order",
    ),
    "nothing on the port": (ASLEEP, {}, {"health.answers"}, "no answer on port 8002"),
    "shell in the health check": (
        "HEALTHCHECK --interval=1s CMD python -m trainer health",
        {}, {"health.check_needs_no_curl"}, "CMD-SHELL",
    ),
    "shell as entrypoint": (
        "ENTRYPOINT exec python -m trainer infer",
        {}, {"health.entrypoint_is_exec_form"}, "/bin/sh",
    ),
    "wrong axis label": (
        'LABEL imagewright.python="3.9"', {}, {"labels.tell_the_axes"}, "imagewright.python",
    ),
    "no revision": (
        'LABEL org.opencontainers.image.revision=""', {}, {"labels.tell_the_source"}, "revision",
    ),
    "no base digest": (
        'LABEL org.opencontainers.image.base.digest=""', {}, {"labels.tell_the_base"}, "digest",
    ),
    "no inputs": ('LABEL imagewright.inputs=""', {}, {"labels.tell_the_inputs"}, "inputs"),
    "a cache, removed later": (
        as_root("RUN mkdir -p /root/.cache/pip && echo x > /root/.cache/pip/wheel\n"
                "RUN rm -r /root/.cache"),
        {}, {"leftovers.no_caches"}, "/root/.cache/pip/wheel",
    ),
    "a compiler": (
        as_root("RUN ln -s /bin/true /usr/local/bin/gcc"), {}, {"leftovers.no_build_tools"}, "gcc",
    ),
    "a wheel that needs what is not there": (
        broken_module(), {}, {"libraries.resolve"}, "broken.so needs libq.so.6",
    ),
    "a shared library removed": (
        as_root(f"RUN rm {PACKAGES}/numpy.libs/libscipy_openblas*") + ASLEEP,
        {},
        {"libraries.resolve", "packages.requirements_are_imported", "health.answers"},
        "needs libscipy_openblas",
    ),
    "another version": (
        as_root(f"RUN sed -i 's/^Version: .*/Version: 0.0.1/' {PACKAGES}/numpy-*/METADATA"),
        {}, {"packages.versions_are_declared", "packages.lock_is_installed"}, "found 0.0.1",
    ),
    "a package more": (
        file(f"{PACKAGES}/extra-1.0.dist-info/METADATA",
             "Metadata-Version: 2.1\nName: extra\nVersion: 1.0"),
        {}, {"packages.lock_is_installed"}, "extra 1.0 is not in the lock",
    ),
    "torch where none should be": (
        file(f"{PACKAGES}/torch-2.0.dist-info/METADATA",
             "Metadata-Version: 2.1\nName: torch\nVersion: 2.0"),
        {}, {"packages.absent_is_absent", "packages.lock_is_installed"}, "torch 2.0",
    ),
    "another Python": (
        "", {"python": "3.12"}, {"python.version_is_declared", "labels.tell_the_axes"},
        "declared 3.12",
    ),
    "python is not the environment's": (
        'ENV PATH=/usr/local/bin:/usr/bin:/bin\n'
        'ENTRYPOINT ["/opt/venv/bin/python", "-m", "trainer"]\nCMD ["infer"]\n'
        'HEALTHCHECK --interval=1s CMD ["/opt/venv/bin/python", "-m", "trainer", "health"]',
        {}, {"python.is_the_environments"}, "",
    ),
    "a password in the environment": (
        f"ENV PIP_INDEX_URL=https://me:{SECRET}@pypi.example.com/simple",
        {}, {"secrets.no_credentials_in_the_configuration"}, "ENV PIP_INDEX_URL",
    ),
    "a password in a build argument": (
        as_root(f"ARG TOKEN={SECRET}\nRUN true"),
        {}, {"secrets.no_credentials_in_the_configuration"}, "history",
    ),
    "a password in a file, removed later": (
        file("/etc/pip.conf", f"[global]\nindex-url = https://me:{SECRET}@pypi.example.com/simple")
        + "\n" + as_root("RUN rm /etc/pip.conf"),
        {}, {"secrets.no_credentials_in_files"}, "/etc/pip.conf",
    ),
    "verification off in the environment": (
        "ENV GIT_SSL_NO_VERIFY=true",
        {}, {"secrets.no_tls_bypass_in_the_configuration"}, "GIT_SSL_NO_VERIFY",
    ),
    "verification off in a file": (
        file("/etc/pip.conf", "[global]\ntrusted-host = pypi.example.com"),
        {}, {"secrets.no_tls_bypass_in_files"}, "/etc/pip.conf",
    ),
    "too large": ("", {"budget_mb": 10}, {"size.within_budget"}, "the budget is 10 MB"),
    "root": (
        "USER root", {}, {"user.is_not_root", "user.cannot_change_the_environment"}, "USER is root",
    ),
    "the user owns the code": (
        as_root("RUN chown -R 1000:1000 /opt/imagewright"),
        {}, {"user.cannot_change_the_environment"}, "/opt/imagewright",
    ),
    "no data folder": (
        "ENV IMAGEWRIGHT_DATA=/nowhere", {}, {"user.data_folder_is_writable"}, "IMAGEWRIGHT_DATA",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def prover(line):
    prover = Prover(line.root)
    yield prover
    prover.close()


@pytest.mark.parametrize("family", ["inference", "cpu"])
def test_the_image_itself_passes(prover, family):
    proofs = prover.check(prover.built(family))
    assert failed(proofs) == {}
    ran = {name for name, proof in proofs.items() if proof.outcome == "passed"}
    assert len(ran) >= 24
    assert all(proof.reason for proof in proofs.values() if proof.outcome == "skipped")
    assert all(proof.about for proof in proofs.values())


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_fails_its_checks_and_no_other(prover, fault):
    lines, declared, expected, told = FAULTS[fault]
    proofs = failed(prover.check(prover.variant("inference", lines), **declared))
    assert set(proofs) == expected
    assert any(told in reason for reason in proofs.values()), proofs
    assert not any(SECRET in reason for reason in proofs.values())


def test_torch_of_another_cuda_fails_its_check(prover):
    proofs = failed(prover.check(prover.built("cpu"), cuda="12.6"))
    assert set(proofs) == {"packages.torch_variant", "labels.tell_the_axes"}


def test_every_check_that_needs_no_gpu_has_a_fault(prover):
    """A check that nothing here can make fail would prove nothing."""
    shown = {name for _, _, expected, _ in FAULTS.values() for name in expected}
    shown |= {"packages.torch_variant"}
    known = {
        name for name in prover.check(prover.built("inference")) if not name.startswith("gpu.")
    }
    assert known == shown
