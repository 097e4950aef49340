"""The installer secret configures what sources it: shown by a real shell, in a scratch root."""

import os
import subprocess

import pytest

from validation.render import installer
from validation.render.installer import (
    AptConfig,
    InstallerConfig,
    render_installer_secret,
    without_credentials,
)

URL = "https://user:p$a`ss'w\"ord@index.example/simple"


@pytest.fixture
def sourced(tmp_path, monkeypatch):
    """Source a secret with /bin/sh and return (environment, folder it wrote to)."""
    monkeypatch.setattr(installer, "_HERE", str(tmp_path / "installer"))

    def source(config, overrides=None, release="ID=debian\nVERSION_CODENAME=trixie\n"):
        here = tmp_path / "installer"
        here.mkdir(exist_ok=True)
        (tmp_path / "os-release").write_text(release)
        text = render_installer_secret(config, overrides or {})
        text = text.replace("/etc/os-release", str(tmp_path / "os-release"))
        (tmp_path / "secret").write_text(text)
        done = subprocess.run(
            ["/bin/sh", "-euc", f". {tmp_path}/secret; env -0"],
            capture_output=True, check=True, env={"PATH": os.environ["PATH"]},
        )  # fmt: skip
        pairs = (item.decode().partition("=") for item in done.stdout.split(b"\0") if item)
        return {name: value for name, _, value in pairs}, here

    return source


def test_nothing_configured_means_nothing_set(sourced):
    environment, here = sourced(InstallerConfig())
    assert not any(name.startswith(("UV_", "PIP_INDEX", "SSL")) for name in environment)
    assert list(here.iterdir()) == []


def test_index_with_every_awkward_character_arrives_whole(sourced):
    environment, _ = sourced(
        InstallerConfig(index_url=URL, extra_index_urls=("https://b.example/s",))
    )
    assert environment["UV_DEFAULT_INDEX"] == environment["PIP_INDEX_URL"] == URL
    assert environment["UV_INDEX"] == "https://b.example/s"


def test_ca_and_netrc_are_files_on_the_tmpfs(sourced):
    environment, here = sourced(
        InstallerConfig(ca_bundle="PEM\n", netrc="machine a login b password c")
    )
    assert environment["SSL_CERT_FILE"] == environment["PIP_CERT"] == str(here / "ca.pem")
    assert (here / "ca.pem").read_text() == "PEM\n"
    assert environment["NETRC"] == str(here / "netrc")


def test_apt_mirror_serves_the_images_own_release(sourced):
    apt = AptConfig(
        distribution="debian",
        codename="bookworm",
        sources=(("http://u:p$x@mirror.example/debian/", "bookworm-updates", "main contrib"),),
        options={"Acquire::http::Proxy": "http://proxy.example:3128"},
        auth="machine mirror.example login u password p",
    )
    environment, here = sourced(InstallerConfig(apt=apt, ca_bundle="PEM"))
    assert (here / "sources.list").read_text() == (
        "deb http://u:p$x@mirror.example/debian/ trixie-updates main contrib\n"
    )
    conf = (here / "apt.conf").read_text()
    assert environment["APT_CONFIG"] == str(here / "apt.conf")
    assert 'Acquire::http::Proxy "http://proxy.example:3128";' in conf
    assert f'Acquire::https::CAInfo "{here}/ca.pem";' in conf
    assert (here / "auth.conf").read_text().startswith("machine mirror.example")


def test_apt_of_another_distribution_is_left_alone(sourced):
    apt = AptConfig(
        distribution="debian", codename="bookworm", sources=(("http://m/", "bookworm", "main"),)
    )
    environment, here = sourced(
        InstallerConfig(apt=apt), release="ID=ubuntu\nVERSION_CODENAME=noble\n"
    )
    assert "APT_CONFIG" not in environment
    assert not (here / "sources.list").exists()


def test_overrides_come_last(sourced):
    environment, _ = sourced(InstallerConfig(), {"TORCH_INDEX": "", "UV_NO_INDEX": "1"})
    assert environment["TORCH_INDEX"] == ""
    assert environment["UV_NO_INDEX"] == "1"


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("https://u:p@h.example:8443/simple/", "https://h.example:8443/simple"),
        ("git@github.com:a/b.git", "git@github.com:a/b.git"),
        ("https://h.example/x", "https://h.example/x"),
        ("", ""),
    ],
)
def test_without_credentials(url, plain):
    assert without_credentials(url) == plain


def test_loopback_index_needs_the_hosts_network():
    assert InstallerConfig(index_url="http://127.0.0.1:3141/simple").needs_host_network
    assert not InstallerConfig(index_url="https://h.example/simple").needs_host_network
