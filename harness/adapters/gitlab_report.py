"""GitLab's own reading of JUnit files, turned back into JUnit: the report of the jobs that are meant, no others."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from harness.adapters.forge_runs import text_in

_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAGS: Final = {"failed": "failure", "error": "error", "skipped": "skipped"}


def junit_of(report: Mapping[str, Any], jobs: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the name of a job among `jobs` and its JUnit document, for each suite of theirs that names a test."""
    for suite in _list(report.get("test_suites")):
        name = text_in(suite, "name") if isinstance(suite, dict) else None
        cases = [case for case in _list(suite.get("test_cases")) if isinstance(case, dict)] if name else []
        if name in jobs and cases:
            yield str(name), _document(str(name), cases)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _document(name: str, cases: list[dict[str, Any]]) -> bytes:
    root = ET.Element("testsuite", name=_clean(name), tests=str(len(cases)))
    for status, count in (("failed", "failures"), ("error", "errors"), ("skipped", "skipped")):
        root.set(count, str(sum(case.get("status") == status for case in cases)))
    for case in cases:
        named = {key: _clean(text_in(case, key) or "") for key in ("name", "classname", "file") if text_in(case, key)}
        element = ET.SubElement(root, "testcase", named)
        if (tag := _TAGS.get(str(case.get("status")))) is not None:
            said = _said(case)
            ET.SubElement(element, tag, message=_clean(said.split("\n", 1)[0])).text = _clean(said)
    return b"<?xml version='1.0' encoding='utf-8'?>\n" + ET.tostring(root, encoding="unicode").encode()


def _said(case: Mapping[str, Any]) -> str:
    """Return what the failure says; GitLab gives an object where the JUnit element had attributes."""
    said = case.get("system_output")
    if isinstance(said, dict):
        said = "\n".join(str(part) for part in said.values())
    return said if isinstance(said, str) else ""


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
