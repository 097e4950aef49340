"""What a root file system's archive holds, as tar itself writes it, and what it must not."""

import io
import subprocess
import tarfile

import pytest

from validation.engine.host_root import tar_words

PRIVATE = "https://me:mine@mirror.example/"


@pytest.fixture
def archived(tmp_path):
    """Return a function: the names of the files that an archive of a root with these files has."""

    def archived(files):
        (tmp_path / "usr/bin").mkdir(parents=True)
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        told = subprocess.run(tar_words(tmp_path), capture_output=True, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(told)) as archive:
            return {member.name.removeprefix("./") for member in archive if member.isfile()}

    return archived


@pytest.mark.parametrize(
    "name",
    [
        "etc/pip.conf",
        "etc/xdg/pip/pip.conf",
        "usr/pip.conf",
        "usr/local/pip.conf",
        "opt/venv/pip.conf",
        "etc/uv/uv.toml",
        "etc/xdg/uv/uv.toml",
        "etc/apt/auth.conf",
        "etc/apt/auth.conf.d/mirror.conf",
        "etc/conda/condarc",
        "opt/conda/.condarc",
        "etc/npmrc",
        "etc/containers/auth.json",
        "opt/service/.netrc",
        "opt/service/.config/uv/uv.toml",
        "usr/local/service/.docker/config.json",
        "opt/service/.ssh/id_ed25519",
        "opt/service/.aws/credentials",
        "root/.netrc",
        "root/.config/pip/pip.conf",
        "root/.docker/config.json",
        "home/me/.pypirc",
    ],
)
def test_credentials_of_package_managers_are_left_out(archived, name):
    assert archived({name: "secret", "opt/app/weights": "", "etc/passwd": ""}) == {
        "opt/app/weights",
        "etc/passwd",
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("etc/apt/sources.list", "deb {} bookworm main"),
        ("etc/apt/sources.list.save", "deb {} bookworm main"),
        ("etc/apt/sources.list.d/own.sources", "Types: deb\nURIs: {}\n"),
        ("etc/apt/sources.list.d/[own].list", "deb {} bookworm main"),
        ("etc/apt/apt.conf", 'Acquire::http::Proxy "{}";'),
        ("etc/apt/apt.conf.d/95proxy", 'Acquire::http::Proxy "{}";'),
        ("etc/environment.d/90pip", "PIP_INDEX_URL={}"),
        ("etc/profile.d/proxy.sh", "export https_proxy='{}'"),
    ],
)
def test_a_setting_is_left_out_only_where_its_address_names_a_user(archived, name, text):
    plain = f"{name}.plain"
    files = {name: text.format(PRIVATE), plain: text.format("https://mirror.example/")}
    assert archived(files) == {plain}


def test_the_machines_environment_is_left_out_with_a_proxys_password(archived):
    assert archived({"etc/environment": f"https_proxy={PRIVATE}"}) == set()


def test_plain_sources_and_keys_stay(archived):
    files = {
        "etc/apt/sources.list": "deb https://mirror.example/debian bookworm main",
        "etc/apt/trusted.gpg.d/own.asc": "Comment: https://me@keys.example/",
        "etc/environment": "PATH=/usr/bin",
    }
    assert archived(files) == set(files)
