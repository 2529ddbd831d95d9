"""The example input and the reference page hold what they promise."""

import json
import re
from pathlib import Path

import jsonschema
import pytest

from harness.domain.spec import Spec, parse_data, parse_spec
from harness.domain.spec_problem import SpecErrors
from harness.examples import example_file, example_names

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / "info.json.example").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "reference" / "info.md").read_text(encoding="utf-8")
SCHEMA = json.loads((ROOT / "docs" / "reference" / "info.schema.json").read_text(encoding="utf-8"))
SNIPPETS = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
# `url` contradicts raw-logs, `existing-test-path` skips half the run, the default of `python` has no name.
NOT_SHOWN = {"url", "existing-test-path", "python"}


def test_the_example_fits_the_published_schema():
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(EXAMPLE))


def test_the_example_shows_every_key_that_it_can_with_its_default():
    shown = json.loads(EXAMPLE)
    assert set(SCHEMA["properties"]) - set(shown) == NOT_SHOWN
    for key in set(shown) - {"fix", "repository"}:
        if "default" in SCHEMA["properties"][key]:
            assert shown[key] == SCHEMA["properties"][key]["default"]


def test_the_example_names_an_embedded_example_and_its_files():
    spec = parse_spec(EXAMPLE, "info.json.example")
    assert spec.example in example_names()
    for path in (spec.raw_logs, spec.fix.patch):
        name, file = Spec.example_of(path)
        assert name == spec.example
        assert example_file(name, file).stat().st_size > 0


def test_the_reference_has_a_section_for_every_key_and_for_no_other():
    assert set(re.findall(r"(?m)^## (\S+)$", PAGE)) == set(SCHEMA["properties"])


@pytest.mark.parametrize("key", sorted(SCHEMA["properties"]))
def test_the_reference_shows_an_example_of_every_key(key):
    assert any(key in snippet for snippet in SNIPPETS)


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: next(reversed(snippet)))
def test_every_example_of_the_reference_is_taken(snippet):
    base = {"deterministic": False, "prompt": "x"}
    base |= {} if "url" in snippet else {"raw-logs": "ci.log"}
    parse_data(base | snippet, "info.md")
    jsonschema.Draft202012Validator(SCHEMA).validate(base | snippet)


def test_the_defaults_of_the_reference_are_those_of_the_schema():
    said = dict(re.findall(r"(?ms)^## (\S+)$(?:(?!^## ).)*?Default: `([^`]*)`\.", PAGE))
    written = {key: value["default"] for key, value in SCHEMA["properties"].items() if "default" in value}
    del written["verify"]  # its parts have defaults of their own
    assert {key: json.loads(value) for key, value in said.items() if key != "commit"} == {
        key: value for key, value in written.items() if key != "keep-test"
    } | {"keep-test": False}


def test_every_refused_argument_that_the_reference_names_is_refused():
    for argument in [
        "-n",
        "--dist",
        "-x",
        "--maxfail",
        "--collect-only",
        "--lf",
        "--sw",
        "--count",
        "--reruns",
        "--pdb",
    ]:
        assert f"`{argument}`" in PAGE
        with pytest.raises(SpecErrors):
            parse_data({"deterministic": True, "prompt": "x", "raw-logs": "-", "pytest-args": [argument]}, "x")
