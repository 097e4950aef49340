"""A scan as JUnit XML: one test case for each base, one for each other finding.

Pure; imports watch only. Notes are no failures: they stand in their case's output.
"""

import re
from xml.etree import ElementTree as Xml

from validation.watch.nouns import Finding
from validation.watch.result import Result

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def format_junit(result: Result) -> str:
    """Return the result as XML; suppressed findings are skipped cases with their reason."""
    suite = Xml.Element("testsuite", name="imagewright scan")
    for base in result.bases:
        if base.verdict.headline == "current":
            Xml.SubElement(suite, "testcase", classname="base", name=_clean(base.reference))
    for each in result.findings:
        case = _case(suite, each)
        text = _clean(f"{each.message}\n{each.fix}".strip())
        if each.level == "note":
            Xml.SubElement(case, "system-out").text = text
        else:
            failure = Xml.SubElement(case, "failure", type=each.level, message=_clean(each.message))
            failure.text = text
    for quiet in result.suppressed:
        why = f"until {quiet.until}: {quiet.because}"
        Xml.SubElement(_case(suite, quiet.finding), "skipped", message=_clean(why))
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("skipped", "skipped")):
        suite.set(name, str(len(list(suite.iter(tag)))))
    Xml.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(suite, encoding="unicode")


def _case(suite: Xml.Element, finding: Finding) -> Xml.Element:
    name = _clean(f"{finding.file}:{finding.line} {finding.message}"[:200])
    return Xml.SubElement(suite, "testcase", classname=finding.rule, name=name)


def _clean(text: str) -> str:
    """Return text without the characters that XML 1.0 cannot hold."""
    return _FORBIDDEN.sub("\ufffd", text)
