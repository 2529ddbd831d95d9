"""A file is taken for a report only if its start says so."""

import pytest

from harness.logs.reports.report_kind import report_kind

JOURNAL = b'{"kind":"campaign","schema":1,"root":3,"started":1.5}\n'
LOG = b'{"pytest_version": "9.2.0", "$report_type": "SessionStart"}\n'


@pytest.mark.parametrize(
    ("head", "name", "kind"),
    [
        (b'<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite>', "junit.xml", "junit"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- made by us -->\n<testsuite name="a">', "out.log", "junit"),
        (b"<testsuite/>", "", "junit"),
        (b"<testsuites>", "x", "junit"),
        (b'<!DOCTYPE testsuites [<!ENTITY a "b">]><testsuites>', "x.xml", "junit"),
        ('<?xml version="1.0" encoding="utf-16"?><testsuite>'.encode("utf-16"), "x.xml", "junit"),
        (b"<html><testsuite>", "junit.xml", None),
        (b"<testsuitesx>", "junit.xml", None),
        (b'<coverage version="7">', "coverage.xml", None),
        (b"", "junit.xml", None),
        (b"2026-01-02T03:04:05.1234567Z <testsuites>", "1_build.txt", None),
        (b"log\n<testsuites>", "a.log", None),
        (LOG, "report.jsonl", "reportlog"),
        (LOG, "job.log", "reportlog"),
        (b'{"nodeid": "a.py::b", "outcome": "passed", "$report_type": "TestReport"}', "x", "reportlog"),
        (b'cut off", "x": 1}\n' + LOG, "report.jsonl", "reportlog"),
        (b"Running the tests\n" + LOG, "job.log", None),
        (b'{"message": "\\"$report_type\\": \\"TestReport\\""}\n', "app.jsonl", None),
        (JOURNAL, "20260102-3.jsonl", "journal"),
        (JOURNAL[:45], "x", "journal"),
        (b'g":1}\n{"kind":"iteration","nodeid":"a.py::b"}\n', "x.jsonl", "journal"),
        (b'{"kind":"iteration"}\n', "events.json", None),
        (b'{"level": "error", "kind": "campaign"}\n', "app.jsonl", None),
        (b"{}\n", "x.json", None),
        (b"\x00\xff\xfe{", "x.json", None),
    ],
)
def test_the_start_of_a_file_tells_what_it_is(head: bytes, name: str, kind: str | None) -> None:
    assert report_kind(head, name) == kind


def test_a_start_of_nothing_but_comments_is_told_in_no_time() -> None:
    assert report_kind(b"<!--" * 1024, "x.xml") is None
    assert report_kind(b"<?a?>" * 819, "x.xml") is None
    assert report_kind(b"<!DOCTYPE [" + b"]" * 4000, "x.xml") is None
