"""The parser never fails otherwise than in words, and says the same as the published schema."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.domain.spec import parse_data, parse_spec
from harness.domain.spec_problem import SpecErrors
from harness.domain.spec_schema import info_schema

SCHEMA = jsonschema.Draft202012Validator(info_schema())
WORDS = st.text("ab-_ :\n\0é\u2028", max_size=6)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-200, 200) | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
DURATIONS = st.text("05.mshd ", max_size=7) | st.sampled_from(["90s", "5m", "1h30m", "1.5 h", "1h\n"])
PATHS = st.sampled_from(["ci.log", "-", "example:shop/ci.log", "example:shop", "", " ", "-x", "../x", "a\0b", "a\n"])
NODE_IDS = st.text(st.sampled_from("a./-:\\[]\n\0é "), max_size=9)
REVISIONS = st.text(st.sampled_from("ab./-~^:* \n\0"), max_size=6)
COMMANDS = st.lists(st.sampled_from(["make", "", " ", "a\0", "x\n", "{python}"]), max_size=3)
FIXES = st.fixed_dictionaries(
    {}, optional={"by": st.sampled_from(["person", "command", "patch", "x"]), "command": COMMANDS, "patch": PATHS}
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "deterministic": st.booleans(),
    "prompt": WORDS,
    "url": st.sampled_from(["https://ci.example/1", "http://a?b", "ftp://x", "https://u:p@h/", "https://x y", ""]),
    "raw-logs": PATHS,
    "existing-test-path": NODE_IDS,
    "repository": PATHS,
    "base": REVISIONS,
    "commit": REVISIONS,
    "python": PATHS,
    "setup": st.lists(COMMANDS, max_size=2),
    "pytest-args": st.lists(st.sampled_from(["-q", "--tb=short", "", "a\0"]), max_size=2),
    "env": st.dictionaries(st.sampled_from(["A", "B=C", "", "D\0"]), st.sampled_from(["x", "", "\0"]), max_size=2),
    "fix": FIXES,
    "attempts": st.integers(-1, 102) | st.sampled_from([5.0, 5.5]),
    "budget": st.fixed_dictionaries({}, optional={"total": DURATIONS}),
    "verify": st.fixed_dictionaries({}, optional={"confidence": st.floats(0, 1.5), "max-rate": st.floats(-0.5, 1.5)}),
    "keep-test": st.booleans(),
}
SOUND: dict[str, Any] = {"deterministic": False, "prompt": "it fails", "raw-logs": "ci.log"}


@st.composite
def mutated(draw):
    """Return a sound document in which some keys are set, strange, misspelt or gone."""
    data = dict(SOUND)
    for key in draw(st.lists(st.sampled_from(list(VALUES)), max_size=4, unique=True)):
        data[key] = draw(st.one_of(VALUES[key], VALUES[key], ANYTHING))
    for key in draw(st.lists(st.sampled_from(list(data)), max_size=2, unique=True)):
        value = data.pop(key)
        if draw(st.booleans()):
            data[draw(st.sampled_from([key + "s", key.replace("-", "_"), key.upper()]))] = value
    return data


def parses(data):
    try:
        parse_data(data, "info.json")
    except SpecErrors:
        return False
    return True


def beyond_the_schema(data):
    """Whether a document holds what only the parser judges: strings split like a shell's, durations beyond a week."""
    fix = data.get("fix")
    commands = [*(data["setup"] if isinstance(data.get("setup"), list) else [])]
    commands += [fix.get("command")] if isinstance(fix, dict) else []
    arguments = data.get("pytest-args")
    return any(isinstance(command, str) for command in commands) or (
        isinstance(arguments, list) and any(str(one).startswith(("-", "@")) and one not in ("-q",) for one in arguments)
    )


@given(mutated())
def test_schema_and_parser_agree_on_mutated_documents(data):
    if beyond_the_schema(data):
        assert SCHEMA.is_valid(data) or not parses(data)
    else:
        assert SCHEMA.is_valid(data) == parses(data)


@given(mutated())
def test_what_is_parsed_is_read_back_from_its_normalised_form(data):
    if parses(data):
        spec = parse_data(data, "info.json")
        again = parse_spec(json.dumps(spec.to_json()), "spec.json")
        assert again == spec
        assert again.to_json() == spec.to_json()
        assert SCHEMA.is_valid(spec.to_json())


@given(st.text() | ANYTHING.map(json.dumps) | mutated().map(lambda data: json.dumps(data)[:-3]))
def test_whatever_the_text_is_every_refusal_is_one_printable_line_a_problem(text):
    try:
        parse_spec(text, "info.json")
        return
    except SpecErrors as error:
        refusal = error
    lines = refusal.message.split("\n")
    assert len(lines) == len(refusal.problems) + 1
    assert all(line.isprintable() for line in lines)


@given(st.text(max_size=30))
def test_a_node_id_that_is_taken_stays_inside_the_repository(text):
    data = SOUND | {"existing-test-path": text}
    if parses(data):
        path = text.partition("::")[0]
        assert path
        assert not path.startswith(("-", "/"))
        assert ".." not in path.split("/")
        assert "\0" not in text


def test_the_schema_is_itself_valid():
    jsonschema.Draft202012Validator.check_schema(info_schema())


@pytest.mark.parametrize("key", sorted(VALUES))
def test_every_key_of_the_schema_is_mutated_here(key):
    assert set(info_schema()["properties"]) == set(VALUES)
    assert key in info_schema()["properties"]
