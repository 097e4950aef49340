"""One target under one engine, in this process: `python -m tests.fuzz.one NAME ENGINE SECONDS OUT`.

Prints "Done N runs" at the end, as libFuzzer does.
"""

import resource
import sys
import time
from pathlib import Path

MEMORY = 4_096_000_000
"""Bytes of address space: what runs away fails here, and not the machine."""


def with_hypothesis(name: str, seconds: float, _out: Path) -> None:
    """Make texts of the target's pieces, and of anything, until the time is over."""
    from hypothesis import HealthCheck, given, settings  # noqa: PLC0415  (atheris comes first)
    from hypothesis import strategies as st  # noqa: PLC0415

    from tests.fuzz.targets import LONGEST, TARGETS  # noqa: PLC0415

    target = TARGETS[name]
    runs = [0]

    @settings(
        max_examples=2_000, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(
        st.lists(st.sampled_from(target.pieces), max_size=80).map("".join)
        | st.lists(st.sampled_from(target.pieces) | st.text(max_size=8), max_size=40).map("".join)
        | st.text()
    )
    def holds(text: str) -> None:
        begin = time.process_time()  # by the clock, a busy machine would be a finding
        target.read(text)
        runs[0] += 1
        assert time.process_time() - begin < LONGEST, f"slow: {text!r}"

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        holds()
    sys.stderr.write(f"Done {runs[0]} runs\n")


def with_atheris(name: str, seconds: float, out: Path) -> None:
    """Let libFuzzer look for texts that reach new code; it ends the process itself."""
    import atheris  # noqa: PLC0415  (it must come before what it instruments)

    with atheris.instrument_imports(include=["validation"]):
        from tests.fuzz.targets import LARGEST, LONGEST, TARGETS  # noqa: PLC0415

    target = TARGETS[name]
    corpus = out / f"corpus-{name}"
    corpus.mkdir(parents=True, exist_ok=True)
    for at, seed in enumerate(target.seeds):
        (corpus / f"seed-{at}").write_bytes(seed.encode())
    words = out / f"{name}.dict"
    words.write_text("".join(f'"{_escaped(piece)}"\n' for piece in target.pieces))

    def one(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        try:
            target.read(text)
        except BaseException:
            sys.stderr.write(f"text: {text!r}\n")
            raise

    options = [
        f"-max_total_time={int(seconds)}", f"-timeout={int(LONGEST)}", f"-max_len={LARGEST}",
        "-rss_limit_mb=0", f"-artifact_prefix={out}/{name}-", f"-dict={words}",
        "-print_final_stats=1", str(corpus),
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


def _escaped(text: str) -> str:
    """Return a text as libFuzzer's dictionaries spell it."""
    return "".join(
        chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\' else f"\\x{byte:02x}"
        for byte in text.encode()
    )


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    engine = {"hypothesis": with_hypothesis, "atheris": with_atheris}[sys.argv[2]]
    engine(sys.argv[1], float(sys.argv[3]), Path(sys.argv[4]))
