"""The table of rules: ours, and those that users add."""

import re
from pathlib import Path

import pytest

from harness.domain.verdict import FAILURE_CLASSES, UNKNOWN
from harness.logs.analyze import analyze
from harness.logs.verdicts.job_steps import may_matter
from harness.logs.verdicts.rules import BUILT_IN, PLACES, Rule, load_rules, rules_of
from pytest_repro.core.errors import ReproError

NAMES = [rule.name for rule in BUILT_IN]


@pytest.mark.parametrize("rule", BUILT_IN, ids=NAMES)
def test_each_rule_finds_its_example_and_not_its_counter_example(rule: Rule) -> None:
    assert rule.example
    assert rule.match(rule.example)
    assert rule.counter == "" or rule.match(rule.counter) is None


@pytest.mark.parametrize("rule", BUILT_IN, ids=NAMES)
def test_each_rule_is_reached_by_its_example_alone(rule: Rule) -> None:
    """No other rule before it in score makes it idle: on its own example its class is among the best."""
    found = [other for other in BUILT_IN if other.where == rule.where and other.match(rule.example)]
    best = max(found, key=lambda other: other.confidence)
    assert rule.confidence >= best.confidence or best.failure_class == rule.failure_class or rule.consequence
    if rule.where == "step":
        assert may_matter(rule.example)


def test_the_table_has_every_class_and_says_what_to_do() -> None:
    assert {rule.failure_class for rule in BUILT_IN} == {*FAILURE_CLASSES, UNKNOWN}
    assert {rule.where for rule in BUILT_IN} == set(PLACES)
    assert len(set(NAMES)) == len(NAMES)
    assert [rule.name for rule in BUILT_IN if bool(rule.advice) == (rule.failure_class == UNKNOWN)] == []
    assert [rule.name for rule in BUILT_IN if bool(rule.kind) and rule.failure_class != "test_failure"] == []


@pytest.mark.parametrize("rule", BUILT_IN, ids=NAMES)
def test_no_pattern_repeats_what_repeats_without_end(rule: Rule) -> None:
    """What would take longer than the line is long: a repeated group that ends in a repeat, two free dots in a row."""
    for pattern in (rule.pattern, rule.unless):
        assert not re.search(r"[+*]\)[+*]|[+*]\)\{\d*,\}", pattern)
        assert len(re.findall(r"\.[*+]", pattern)) <= 1


def project(tmp_path: Path, rules: str) -> Path:
    path = tmp_path / "pyproject.toml"
    path.write_text(f'[project]\nname = "widgets"\n{rules}', encoding="utf-8")
    return path


OWN = """
[[tool.pytest-repro.rules]]
name = "our-proxy"
class = "network_error"
pattern = 'proxy said (50\\d)'
advice = "Ask the proxy's people about {0}."
"""


def test_a_rule_of_the_project_decides_before_ours(tmp_path: Path) -> None:
    log = "##[group]Run make\nproxy said 503\ntest result: FAILED\n##[error]Process completed with exit code 1.\n"
    assert analyze(log).verdict.failure_class == "test_failure"
    verdict = analyze(log, rules=load_rules(project(tmp_path, OWN))).verdict
    assert (verdict.failure_class, verdict.rule) == ("network_error", "our-proxy")
    assert verdict.advice == ("Ask the proxy's people about 503.",)


RETRIED = """
[[tool.pytest-repro.rules]]
name = "mirror-retried"
class = "network_error"
pattern = 'mirror does not answer'
cause = "pip"
"""


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["mirror does not answer", "ERROR: No matching distribution found for widgets"], "network_error"),
        (["ERROR: No matching distribution found for widgets", "mirror does not answer"], "missing_dependency"),
        (["mirror does not answer", "the other one does"], UNKNOWN),
    ],
)
def test_a_rule_for_causes_counts_only_before_what_follows_from_them(
    tmp_path: Path, lines: list[str], name: str
) -> None:
    log = "\n".join(["##[group]Run make", *lines, "##[error]Process completed with exit code 1.", ""])
    assert analyze(log, rules=load_rules(project(tmp_path, RETRIED))).verdict.failure_class == name


def test_a_cause_of_a_rule_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReproError, match="'mirror-retried' has the cause 'pop'; expected the name of a rule"):
        load_rules(project(tmp_path, RETRIED.replace('"pip"', '"pop"')))


@pytest.mark.parametrize("content", ["", "[tool.other]\nx = 1\n", "[tool.pytest-repro]\n"])
def test_a_project_without_rules_has_ours(tmp_path: Path, content: str) -> None:
    assert load_rules(project(tmp_path, content)) == BUILT_IN
    assert load_rules(tmp_path / "none.toml") == load_rules(None) == BUILT_IN


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"pattern": "("}, ["'odd'", "pattern '('", "no regular expression"]),
        ({"unless": "["}, ["'odd'", "unless"]),
        ({"class": "weather"}, ["'odd'", "'weather'", "network_error"]),
        ({"colour": "red"}, ["'odd'", "'colour'", "contains"]),
        ({"where": "sky"}, ["'odd'", "'sky'", "ending"]),
        ({"kind": "odd"}, ["'odd'", "assertion"]),
        ({"confidence": 2}, ["'odd'", "confidence is 2"]),
        ({"confidence": True}, ["confidence is True"]),
        ({"contains": "word"}, ["contains is 'word'"]),
        ({"consequence": "yes"}, ["consequence is 'yes'"]),
        ({"cause": 1}, ["'odd'", "cause is 1", "expected a text"]),
        ({"name": ""}, ["no name"]),
        ({"pattern": ""}, ["no pattern"]),
        ({"advice": 3}, ["advice is 3"]),
    ],
)
def test_a_wrong_rule_is_refused_with_its_name_its_key_and_its_value(
    change: dict[str, object], told: list[str]
) -> None:
    entry = {"name": "odd", "class": "timeout", "pattern": "x", **change}
    with pytest.raises(ReproError) as caught:
        rules_of([entry], "pyproject.toml", own=True)
    assert caught.value.slug == "bad-rule"
    assert [word for word in told if word not in caught.value.message] == []
    assert "pattern =" in caught.value.hint


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"example": "y"}, "does not find the line of `example`: 'y'"),
        ({"not": "a x"}, "finds the line of `not`: 'a x'"),
        ({"example": "x", "unless": "x"}, "does not find"),
        ({"kind": "hang"}, "only test_failure has kinds"),
    ],
)
def test_a_rule_that_contradicts_itself_is_refused(change: dict[str, object], told: str) -> None:
    with pytest.raises(ReproError, match=re.escape(told)):
        rules_of([{"name": "odd", "class": "timeout", "pattern": "x", **change}], "pyproject.toml", own=True)


def test_a_rule_of_ones_own_has_a_name_of_its_own(tmp_path: Path) -> None:
    toml = tmp_path / "pyproject.toml"
    toml.write_text(f'[[tool.pytest-repro.rules]]\nname = "{NAMES[0]}"\nclass = "timeout"\npattern = "x"\n')
    with pytest.raises(ReproError, match="named as one of the built-in ones"):
        load_rules(toml)


@pytest.mark.parametrize("entries", ["x", 3, ["x"], [{"class": "timeout", "pattern": "x"}]])
def test_rules_of_the_wrong_form_are_refused(entries: object) -> None:
    with pytest.raises(ReproError, match=r"expected|no name"):
        rules_of(entries, "pyproject.toml", own=True)


def test_two_rules_of_one_name_are_refused() -> None:
    entry = {"name": "odd", "class": "timeout", "pattern": "x"}
    with pytest.raises(ReproError, match="two rules are named 'odd'"):
        rules_of([entry, entry], "pyproject.toml", own=True)


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReproError, match="cannot be read as TOML"):
        load_rules(project(tmp_path, "[[["))
