"""Certificates that are not checked.

`--trusted-host`, PIP_TRUSTED_HOST and pip's `trusted-host` setting make pip take packages from
whoever answers. Whoever is on the way can then run code in the image. Give pip the CA bundle
instead: `--cert`, PIP_CERT, or SSL_CERT_FILE in a build secret.
"""

import re

from validation.watch.nouns import Place
from validation.watch.rules.rule import Scanned, Seen, rule

_TRUSTED = re.compile(
    r"--(?:trusted-host|allow-insecure-host)\b|PIP_TRUSTED_HOST\b|UV_INSECURE_HOST\b"
    r"|^\s*trusted-host\s*=",
    re.IGNORECASE,
)


def _look(scanned: Scanned) -> Seen:
    for text in scanned.texts:
        if "trusted" not in text.text.lower() and "insecure" not in text.text.lower():
            continue
        for number, line in enumerate(text.text.splitlines(), start=1):
            found = None if line.lstrip().startswith("#") else _TRUSTED.search(line)
            if found:
                message = f"{found[0].strip(' =')} switches certificate checks off"
                yield Place(file=text.file, line=number), message, "name the CA bundle: PIP_CERT"


RULE = rule("trusted-host", "error", __doc__, _look)
