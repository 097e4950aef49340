"""Finds credentials and switched-off TLS in an image's texts: history, environment, files.

Pure; imports nothing of ours. What is found is told without the secret itself.
"""

import posixpath
import re
from collections.abc import Mapping

_IN_ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]*://(?P<secret>[^\s/@:\"'$]*:[^\s/@\"'$]+)@", re.IGNORECASE
)
_IN_USER = re.compile(
    r"\bhttps?://(?P<secret>(?:gh[oprsu]_|github_pat_|glpat-|hf_|npm_|pypi-)[\w.~-]{4,}"
    r"|(?=[\w.~+=-]*\d)(?=[\w.~+=-]*[a-z])[\w.~+=-]{8,})@",
    re.IGNORECASE,
)
"""A token where a user's name may stand: of a known kind, or long and with a digit in it."""

_IN_NAME = re.compile(
    r"\b\w*(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|CREDENTIALS?|PRIVATE_?KEY)\w*"
    r"=(?P<secret>[^\s\"'$;|&]{4,}|\"[^\"$]{4,}\"|'[^'$]{4,}')",
    re.IGNORECASE,
)
_IN_NETRC = re.compile(r"\b(?:machine|default)\b.*?\bpassword\s+(?P<secret>\S+)", re.DOTALL)
_IN_HOLDER = re.compile(
    r"(?:passw(?:or)?d|secret\w*|(?<![a-z-])auth(?:_?token)?|token|api_?key)"
    r"[\"']?[ \t]*[:=][ \t]*[\"']?(?P<secret>[^\s\"',;]{4,})",
    re.IGNORECASE,
)
_KEY = re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----")

_CREDENTIALS = (
    ("an address with a password in it", _IN_ADDRESS),
    ("an address with a token in it", _IN_USER),
    ("a private key", _KEY),
)
"""What is a credential wherever it stands."""

_HOLDERS = frozenset({
    ".condarc", ".dockercfg", ".env", ".gitconfig", ".npmrc", ".pypirc", ".wgetrc", "auth.json",
    "auth.toml", "credentials", "credentials.toml", "environment", "gitconfig", "npmrc", "pip.conf",
    "uv.toml", "wgetrc",
})  # fmt: skip
"""Files in which a value whose name speaks of a secret is one; elsewhere it may be code or prose.

Docker's config.json is one too; the name alone says little, models and programs have it as well.
"""

_STAND_IN = re.compile(r"[$<{\[(].*|%[(sdr].*|%\w+%|x{3,}|\*+|\.{3,}", re.IGNORECASE | re.DOTALL)
"""What stands where a secret will be put: ${TOKEN}, <token>, {{ token }}, %(token)s, xxxx."""

_WORD = re.compile(
    r"true|false|none|null|passw(?:or)?d|secret|token|change_?me|your[-_].*", re.IGNORECASE
)
"""What is no secret either where a setting's value stands."""

_BYPASSES = (
    ("pip's trusted-host", r"(?:--|^\s*|PIP_)trusted[-_]host\b"),
    ("uv's allow-insecure-host", r"(?:--|^\s*)allow-insecure-host\b|\bUV_INSECURE_HOST="),
    ("PYTHONHTTPSVERIFY=0", r"\bPYTHONHTTPSVERIFY=\W*0"),
    ("GIT_SSL_NO_VERIFY", r"\bGIT_SSL_NO_VERIFY=\W*(?:1|true|yes|on)\b"),
    ("git's sslVerify = false", r"\bsslVerify\s*=\s*\W*(?:false|0|no|off)\b"),
    ("NODE_TLS_REJECT_UNAUTHORIZED=0", r"\bNODE_TLS_REJECT_UNAUTHORIZED=\W*0"),
    ("npm's strict-ssl=false", r"\bstrict-ssl\s*=\s*false\b"),
    ("conda's ssl_verify: false", r"\bssl_verify\s*:\s*(?:false|no|off)\b"),
    ("curl without verification",
     r"\bcurl\b[^\n|;&]*\s(?:-[a-zA-Z]*k[a-zA-Z]*|--insecure)(?=\s|$)"),
    ("curlrc's insecure", r"^\s*(?:--)?insecure\s*$"),
    ("wget without verification", r"--no-check-certificate\b|\bcheck_certificate\s*=\s*off\b"),
    ("apt's Verify-Peer off", r"\bVerify-(?:Peer|Host)\b[\s\"=]*(?:false|0|no|off)\b"),
    ("apt without signatures", r"\btrusted=yes\b|\bAllowUnauthenticated\b[\s\"=]*(?:true|1|yes)\b"
     r"|--allow-unauthenticated\b|^Trusted:\s*yes\b|\bAllowInsecureRepositories\b[\s\"=]*(?:true|1)"),
)  # fmt: skip
"""Ways to switch certificate or signature checks off: (what it is called, pattern)."""

_BYPASS_PATTERNS = tuple(
    (name, re.compile(pattern, re.IGNORECASE | re.MULTILINE)) for name, pattern in _BYPASSES
)


def find_credentials(texts: Mapping[str, str], *, settings: bool = False) -> tuple[str, ...]:
    """Return a line for each credential in `texts` ({where: text}), never with the credential.

    With `settings`, NAME=value pairs whose name speaks of a secret count too: right for an
    environment or a history, wrong for a file of documentation.
    """
    kinds = [*_CREDENTIALS, *([("a secret in a variable", _IN_NAME)] if settings else [])]
    found: list[str] = []
    for where, text in sorted(texts.items()):
        netrc = [("a password for a machine", _IN_NETRC)] if _is_netrc(where) else []
        holder = [("a secret in a setting", _IN_HOLDER)] if _is_holder(where, text) else []
        for kind, pattern in [*kinds, *netrc, *holder]:
            match = next((each for each in pattern.finditer(text) if _is_secret(each)), None)
            if match:
                found.append(f"{where}: {kind} ({_masked(match)})")
    return tuple(found)


def find_tls_bypasses(texts: Mapping[str, str]) -> tuple[str, ...]:
    """Return a line for each way in which `texts` ({where: text}) switch verification off.

    Lines that are comments do not count.
    """
    found: list[str] = []
    for where, text in sorted(texts.items()):
        active = "\n".join(
            line for line in text.splitlines() if not line.lstrip().startswith(("#", "//", ";"))
        )
        found += [
            f"{where}: {name}" for name, pattern in _BYPASS_PATTERNS if pattern.search(active)
        ]
    return tuple(found)


def _is_netrc(where: str) -> bool:
    return where.endswith(("netrc", "auth.conf")) or "/auth.conf.d/" in where


def _is_holder(where: str, text: str) -> bool:
    name = posixpath.basename(where)
    docker = name == "config.json" and ("/.docker/" in where or '"auths"' in text)
    return docker or name in _HOLDERS


def _is_secret(match: re.Match[str]) -> bool:
    """Return False where the text only shows where a secret would be."""
    if match.re is _KEY:
        return True
    secret = match["secret"].strip("\"'")
    if match.re is _IN_ADDRESS:
        secret = secret.partition(":")[2]
    word = match.re is _IN_HOLDER and _WORD.fullmatch(secret)
    return not (word or _STAND_IN.fullmatch(secret))


def _masked(match: re.Match[str]) -> str:
    """Return the matched text with its secret part masked, short enough for a line."""
    if match.re is _KEY:  # the line that opens a key is no secret
        return match[0]
    start, end = match.span("secret")
    text = match.string[match.start() : start] + "•••" + match.string[end : match.end()]
    return " ".join(text.split())[-80:]
