"""apt, called through a recording fake."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from validation.engine import apt as room
from validation.engine.apt import Apt, candidates, closure, fetch, host_release, host_sources
from validation.errors import WorldFailed
from validation.process import Completed

CONTENT = b"a package"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
FILE = "runc_1.1.5+ds1-1_amd64.deb"
URIS = f"'http://mirror.example/pool/r/runc/runc.deb' {FILE} {len(CONTENT)} SHA256:{SHA256}\n"


class Recorder:
    """A runner that answers by the first word of argv that it knows, and remembers all calls."""

    def __init__(self, answers: dict[str, str], download: bytes = CONTENT) -> None:
        self.calls: list[list[str]] = []
        self._answers = answers
        self._download = download

    def __call__(
        self,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout: float = 600,
        check: bool = True,
        stdin: bytes | None = None,
    ) -> Completed:
        del env, timeout, check, stdin
        words = [str(word) for word in argv]
        self.calls.append(words)
        if "download" in words and "--print-uris" not in words:
            assert cwd is not None
            (cwd / FILE).write_bytes(self._download)
        key = next((word for word in words if word in self._answers), "")
        return Completed(
            argv=tuple(words), returncode=0, stdout=self._answers.get(key, ""), stderr=""
        )

    @property
    def downloads(self) -> int:
        return sum("download" in call and "--print-uris" not in call for call in self.calls)


@pytest.fixture
def apt(tmp_path: Path) -> Apt:
    return Apt(folder=tmp_path / "apt", release="bookworm")


def test_candidates_leave_out_what_the_archive_does_not_have(apt: Apt) -> None:
    told = "runc:\n  Installed: (none)\n  Candidate: 1.1.5+ds1-1\n  Version table:\n"
    told += "docker-cli:\n  Installed: (none)\n  Candidate: (none)\n"
    assert candidates(apt, ["runc", "docker-cli"], Recorder({"policy": told})) == {
        "runc": "1.1.5+ds1-1"
    }


def test_every_call_uses_our_own_folders(apt: Apt) -> None:
    run = Recorder({"policy": "", "install": URIS})
    candidates(apt, ["runc"], run)
    assert closure(apt, ["runc"], run) == ("runc",)
    assert all(call[1:3] == ["-c", str(apt.config)] for call in run.calls)


def test_a_whole_file_is_not_fetched_again(apt: Apt, tmp_path: Path) -> None:
    run = Recorder({"--print-uris": URIS})
    into = tmp_path / "files"
    assert fetch(apt, ["runc"], into, run) == (into / FILE,)
    assert (into / FILE).read_bytes() == CONTENT
    fetch(apt, ["runc"], into, run)
    assert run.downloads == 1


def test_a_cut_off_file_and_a_killed_download_are_replaced(apt: Apt, tmp_path: Path) -> None:
    into = tmp_path / "files"
    (into / ".download-killed").mkdir(parents=True)
    (into / ".download-killed" / FILE).write_bytes(b"a pa")
    (into / FILE).write_bytes(b"A package")
    run = Recorder({"--print-uris": URIS})
    fetch(apt, ["runc"], into, run)
    assert [path.name for path in into.iterdir()] == [FILE]
    assert (into / FILE).read_bytes() == CONTENT


def test_what_is_not_what_the_lists_promise_is_refused(apt: Apt, tmp_path: Path) -> None:
    run = Recorder({"--print-uris": URIS}, download=b"something else")
    with pytest.raises(WorldFailed, match="not what the archive's lists promise"):
        fetch(apt, ["runc"], tmp_path / "files", run)


def test_a_package_without_a_sha256_is_refused(apt: Apt, tmp_path: Path) -> None:
    run = Recorder({"--print-uris": URIS.replace("SHA256", "MD5Sum")})
    with pytest.raises(WorldFailed, match="apt named 0 files for runc"):
        fetch(apt, ["runc"], tmp_path / "files", run)


def test_sources_are_read_from_where_apt_looks(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text("deb http://one.example/debian bookworm main\n")
    parts = tmp_path / "parts"
    parts.mkdir()
    (parts / "two.sources").write_text(
        "Types: deb\nURIs: http://two.example/debian\nSuites: bookworm\nComponents: main\n"
    )
    (parts / "three.list").write_text("deb http://three.example/debian bookworm main\n")
    (parts / "four.list.disabled").write_text("deb http://four.example/debian bookworm main\n")
    told = f"LIST='{tmp_path}/sources.list'\nPARTS='{parts}/'\n"
    found = [source.uris[0] for source in host_sources(Recorder({"shell": told}))]
    assert found == [
        "http://one.example/debian",
        "http://three.example/debian",
        "http://two.example/debian",
    ]


def test_without_apt_the_next_step_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room.shutil, "which", lambda _: None)
    with pytest.raises(WorldFailed, match="has no apt") as caught:
        room.open_apt(tmp_path, "bookworm", None, Recorder({}))
    assert "install Docker Engine" in caught.value.hint


def test_os_release_is_read_with_and_without_quotes(tmp_path: Path) -> None:
    path = tmp_path / "os-release"
    path.write_text('PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\n\nVERSION_CODENAME=bookworm\n')
    assert host_release(path) == {
        "PRETTY_NAME": "Debian GNU/Linux 12",
        "ID": "debian",
        "VERSION_CODENAME": "bookworm",
    }
    assert host_release(tmp_path / "none") == {}


def test_a_folder_that_cannot_be_made_is_said_with_what_to_do(apt: Apt, tmp_path: Path) -> None:
    apt.folder.touch()  # a file where the folder should be
    with pytest.raises(WorldFailed, match=r"cannot make .*apt/state/lists/partial") as caught:
        room._make_folder(apt.folder / "state/lists/partial")
    assert "writable" in caught.value.hint
    apt.config.parent.unlink()
    (tmp_path / "packages").touch()
    recorder = Recorder({"--print-uris": URIS})
    with pytest.raises(WorldFailed, match="cannot make"):
        fetch(apt, ["runc"], tmp_path / "packages", recorder)


def test_opening_apt_where_the_disk_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "full").touch()
    monkeypatch.setattr(room.shutil, "which", lambda _: "/usr/bin/apt-get")
    monkeypatch.setattr(room, "host_sources", lambda _: ())
    monkeypatch.setattr(room, "release_sources", lambda *_: ("a source",))
    with pytest.raises(WorldFailed, match="cannot make"):
        room.open_apt(tmp_path / "full", "bookworm", None, Recorder({}))
