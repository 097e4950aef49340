"""What the person's pip, uv and apt already use: read from their own configuration, never asked.

Imports render.installer, process and errors. Nothing here reaches the network.

Sources of the rules: pip's user guide, "Configuration" (file order, PIP_ variables); uv's
reference, "Environment variables" and "Configuration files"; apt.conf(5), apt_auth.conf(5).
"""

import configparser
import netrc
import os
import re
import shlex
import shutil
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from validation.errors import BadInput
from validation.process import Runner, run
from validation.render.installer import AptConfig, InstallerConfig

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_INDEX_NAME = re.compile(r"(?:^|(?<=\s))[A-Za-z0-9_.-]+=")
"""What an index may be called in UV_INDEX and UV_DEFAULT_INDEX: "internal=https://…"."""

_APT_OPTIONS = (
    "Acquire::http::Proxy",
    "Acquire::https::Proxy",
    "Acquire::Check-Valid-Until",
    "Acquire::Check-Date",
    "Acquire::Retries",
)


def _pip_files(environment: Mapping[str, str]) -> Iterator[Path]:
    """Yield pip's configuration files, the weakest first."""
    if environment.get("PIP_CONFIG_FILE") == os.devnull:
        return
    for folder in reversed(environment.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")):
        yield Path(folder, "pip/pip.conf")
    yield Path("/etc/pip.conf")
    home = Path(environment.get("HOME", str(Path.home())))
    yield home / ".pip/pip.conf"
    yield Path(environment.get("XDG_CONFIG_HOME", home / ".config"), "pip/pip.conf")
    yield Path(sys.prefix, "pip.conf")
    if environment.get("PIP_CONFIG_FILE"):
        yield Path(environment["PIP_CONFIG_FILE"])


def _pip_options(environment: Mapping[str, str]) -> dict[str, str]:
    """Return pip's options that matter here: files first, then PIP_ variables over them."""
    options: dict[str, str] = {}
    for path in _pip_files(environment):
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError, OSError) as error:
            reason = str(error).splitlines()[0]
            raise BadInput(f"pip configuration {path} cannot be read: {reason}") from error
        for section in ("global", "install"):
            if parser.has_section(section):
                options |= {key.replace("_", "-"): value for key, value in parser.items(section)}
    for key in ("index-url", "extra-index-url", "find-links", "cert"):
        value = environment.get("PIP_" + key.upper().replace("-", "_"))
        if value:
            options[key] = value
    return options


def _uv_options(environment: Mapping[str, str]) -> dict[str, str]:
    """Return uv's own settings in pip's words: uv.toml files, then UV_ variables over them."""
    home = Path(environment.get("HOME", str(Path.home())))
    named = environment.get("UV_CONFIG_FILE")
    user = Path(environment.get("XDG_CONFIG_HOME", home / ".config"), "uv/uv.toml")
    options: dict[str, str] = {}
    for path in [Path(named)] if named else [Path("/etc/uv/uv.toml"), user]:
        if path.is_file():
            options |= _uv_toml(path)
    for key, names in {
        "index-url": ("UV_DEFAULT_INDEX", "UV_INDEX_URL"),
        "extra-index-url": ("UV_INDEX", "UV_EXTRA_INDEX_URL"),
        "find-links": ("UV_FIND_LINKS",),
    }.items():
        value = next((environment[name] for name in names if environment.get(name)), None)
        if value:
            words = value.replace(",", " ")
            options[key] = words if key == "find-links" else _INDEX_NAME.sub("", words)
    return options


def _uv_toml(path: Path) -> dict[str, str]:
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise BadInput(f"uv configuration {path} cannot be read: {error}") from error
    pip = {**table, **table.get("pip", {})}
    options: dict[str, str] = {}
    indexes = [
        index for index in pip.get("index", []) if isinstance(index, dict) and "url" in index
    ]
    default = [index["url"] for index in indexes if index.get("default")]
    extra = [index["url"] for index in indexes if not index.get("default")]
    if default or pip.get("index-url"):
        options["index-url"] = str((default or [pip["index-url"]])[0])
    if extra or pip.get("extra-index-url"):
        options["extra-index-url"] = " ".join(map(str, extra or pip["extra-index-url"]))
    if pip.get("find-links"):
        options["find-links"] = " ".join(map(str, pip["find-links"]))
    return options


def _local_folders(words: str) -> Iterator[Path]:
    for word in words.split():
        parts = urlsplit(word)
        path = Path(unquote(parts.path) if parts.scheme == "file" else word)
        if parts.scheme in {"", "file"} and path.is_dir():
            yield path.resolve()


def _netrc_of(hosts: set[str], environment: Mapping[str, str]) -> str:
    """Return the netrc entries of these hosts only: nothing else leaves the person's file."""
    path = Path(
        environment.get("NETRC") or Path(environment.get("HOME", "~"), ".netrc")
    ).expanduser()
    if not path.is_file():
        return ""
    try:
        entries = netrc.netrc(str(path)).hosts
    except (netrc.NetrcParseError, OSError) as error:
        raise BadInput(f"{path} cannot be read: {error}") from error
    return "\n".join(
        f"machine {host} login {login} password {password}"
        for host, (login, _, password) in entries.items()
        if host in hosts
    )


def _ca_bundle(options: Mapping[str, str], environment: Mapping[str, str]) -> str:
    names = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    stated = options.get("cert") or next((environment[n] for n in names if environment.get(n)), "")
    if not stated:
        return ""
    try:
        return Path(stated).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"the CA bundle {stated} cannot be read: {error}",
            hint="pip's `cert` option, PIP_CERT or SSL_CERT_FILE names it",
        ) from error


def read_apt_config(runner: Runner = run) -> AptConfig | None:
    """Return how this machine's apt reaches the archive, as apt itself tells; None without apt."""
    if shutil.which("apt-get") is None:
        return None
    told = runner(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)",
         "Created-By: Packages"],
        check=False,
    )  # fmt: skip
    sources: dict[tuple[str, str], list[str]] = {}
    for line in told.stdout.splitlines():
        uri, release, component = line.split()
        known = sources.setdefault((uri, release), [])
        if component not in known:
            known.append(component)
    release_file = Path("/etc/os-release").read_text("utf-8")
    system = dict(word.partition("=")[::2] for word in shlex.split(release_file))
    dump = runner(["apt-config", "dump", "--format", "%f\t%v%n"], check=False).stdout
    options = dict(line.partition("\t")[::2] for line in dump.splitlines())
    auth = [Path("/etc/apt/auth.conf"), *sorted(Path("/etc/apt/auth.conf.d").glob("*.conf"))]
    return AptConfig(
        distribution=system.get("ID", ""),
        codename=system.get("VERSION_CODENAME", ""),
        sources=tuple((uri, suite, " ".join(parts)) for (uri, suite), parts in sources.items()),
        options={key: options[key] for key in _APT_OPTIONS if options.get(key)},
        auth="\n".join(path.read_text("utf-8") for path in auth if path.is_file()),
    )


def read_installer_config(
    environment: Mapping[str, str], wheelhouse: Path | None, runner: Runner = run
) -> InstallerConfig:
    """Return what pip, uv and apt use here; uv's own settings win over pip's.

    `wheelhouse` is one more folder of wheels, searched first. An index that is a local folder
    (file://) cannot be seen from a build and is left out. Raises `BadInput` for a configuration
    or CA bundle that cannot be read.
    """
    options = _pip_options(environment) | _uv_options(environment)
    extra = options.get("extra-index-url", "").split()
    remote = tuple(url for url in extra if urlsplit(url).scheme in {"http", "https"})
    hosts = {urlsplit(url).hostname or "" for url in (options.get("index-url", ""), *remote)}
    folders = ([wheelhouse.resolve()] if wheelhouse else []) + list(
        _local_folders(options.get("find-links", ""))
    )
    proxies = {
        name: environment[name]
        for upper in _PROXIES
        for name in (upper, upper.lower())
        if environment.get(name)
    }
    return InstallerConfig(
        index_url=options.get("index-url"),
        extra_index_urls=remote,
        find_links=tuple(dict.fromkeys(folders)),
        ca_bundle=_ca_bundle(options, environment),
        netrc=_netrc_of(hosts, environment),
        proxies=proxies,
        apt=read_apt_config(runner),
    )
