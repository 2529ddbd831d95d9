"""The input file: what it takes, and that everything wrong with it is said at once."""

import json
from pathlib import Path

import pytest

from harness.domain.spec import CommandFix, PatchFix, PersonFix, Spec, parse_data, parse_spec, with_python
from harness.domain.spec_problem import SpecErrors
from harness.domain.spec_schema import info_schema_text

LEAST = {"deterministic": False, "prompt": "the pool closes too early", "raw-logs": "ci.log"}


def refused(**changes):
    """Return {path: line} of what is wrong with the least document changed by `changes` (`_` for `-`)."""
    data = LEAST | {key.replace("_", "-"): value for key, value in changes.items()}
    return problems(json.dumps(data))


def problems(text):
    with pytest.raises(SpecErrors) as caught:
        parse_spec(text, "info.json")
    assert caught.value.slug == "bad-spec"
    return {problem.path: str(problem) for problem in caught.value.problems}


def accepted(**changes) -> Spec:
    return parse_data(LEAST | {key.replace("_", "-"): value for key, value in changes.items()}, "info.json")


def test_the_least_document_has_the_documented_defaults():
    spec = accepted()
    assert spec.fix == PersonFix(by="person")
    assert (spec.repository, spec.attempts, spec.keep_test, spec.setup, spec.env) == (".", 5, False, (), {})
    assert (spec.budget.reproduce, spec.budget.fix, spec.budget.total) == (300, 900, 1380)
    assert (spec.verify.confidence, spec.verify.max_rate) == (0.95, None)
    assert (spec.base, spec.commit, spec.python, spec.url) == (None, None, None, None)


def test_every_problem_is_reported_at_once_with_its_path():
    found = refused(attempts=0, promt="x", budget={"fix": 5, "totl": "1m"}, setup=["a && b"], env={"A": 1}, base=None)
    assert set(found) == {
        "$.attempts",
        "$.promt",
        "$.budget.fix",
        "$.budget.totl",
        "$.setup[0]",
        "$.env.A",
        "$.base",
    }


def test_the_message_holds_every_problem_and_the_source():
    with pytest.raises(SpecErrors) as caught:
        parse_spec("{}", "my info.json")
    assert caught.value.message.splitlines()[0] == "my info.json: 3 problems"
    assert len(caught.value.message.splitlines()) == 4


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("promt", "prompt"), ("raw_logs", "raw-logs"), ("Deterministic", "deterministic"), ("keeptest", "keep-test")],
)
def test_an_unknown_key_is_answered_with_the_nearest_known_one(typed, meant):
    found = problems(json.dumps(LEAST | {typed: True}))
    assert f'did you mean "{meant}"?' in found[f"$.{typed}"]


def test_an_unknown_key_that_is_near_nothing_is_answered_with_all_known_ones():
    line = refused(fnord=1)["$.fnord"]
    assert "deterministic, prompt, url, raw-logs" in line


def test_a_missing_key_says_what_it_is_for():
    found = problems('{"raw-logs": "ci.log"}')
    assert found["$.prompt"].startswith("$.prompt: missing; expected what is wrong or wanted")
    assert 'add "deterministic"' in found["$.deterministic"]


@pytest.mark.parametrize(
    ("value", "words"),
    [("true", "write true without quotes"), (1, "expected true or false"), ("yes", "expected true or false")],
)
def test_a_flag_is_true_or_false_and_nothing_that_looks_like_it(value, words):
    assert words in refused(deterministic=value)["$.deterministic"]


def test_url_and_raw_logs_together_contradict_each_other():
    assert "beside raw-logs" in refused(url="https://ci.example/1")["$.url"]


def test_without_log_and_test_there_is_nothing_to_reproduce():
    found = problems('{"deterministic": true, "prompt": "x"}')
    assert found["$"].startswith("$: no failure is named; expected raw-logs, url or existing-test-path")


def test_an_existing_test_needs_no_log_and_may_have_one():
    test = "tests/test_pool.py::test_close[a..b]"
    assert accepted(existing_test_path=test).existing_test_path == test
    alone = {"deterministic": True, "prompt": "x", "existing-test-path": test}
    assert parse_data(alone, "info.json").raw_logs is None


@pytest.mark.parametrize(
    "nodeid",
    [
        "-x",
        "--collect-only",
        "../a.py",
        "tests/../../a.py::t",
        "/etc/passwd",
        "a\0.py",
        "a.py\n",
        "::t",
        "",
        "a.py::",
        "..",
        "tests/..",
        "tests/..::t",
        "\\\\host\\share",
    ],
)
def test_a_node_id_that_is_an_option_or_leaves_the_repository_is_refused(nodeid):
    assert "$.existing-test-path" in refused(existing_test_path=nodeid)


@pytest.mark.parametrize("nodeid", ["a.py", "tests/a b.py::C::t[x::y/../z]", "tests/..a/b...py", "a.py::t[-x]"])
def test_a_node_id_inside_the_repository_is_taken_as_it_is(nodeid):
    assert accepted(existing_test_path=nodeid).existing_test_path == nodeid


@pytest.mark.parametrize("revision", ["-x", "--upload-pack=x", "a..b", "a b", "", "HEAD:file", "a\n", "a\0"])
@pytest.mark.parametrize("key", ["base", "commit"])
def test_a_revision_is_no_option_no_range_and_no_path(key, revision):
    assert f"$.{key}" in refused(**{key: revision})


@pytest.mark.parametrize("url", ["ftp://x", "ci.example", "https://me:secret@ci.example/1", "https://", "https://a b"])
def test_an_address_is_http_and_carries_no_password(url):
    found = problems(json.dumps({"deterministic": True, "prompt": "x", "url": url}))
    assert "without a user name or password" in found["$.url"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (5, 'write "5s"'),
        ("5", "write 5s"),
        ("3 parsecs", "numbers with units"),
        ("0s", "numbers with units"),
        ("8d", "at most 7d"),
        ("9999d", "at most 7d"),
        (["5m"], "expected a number"),
    ],
)
def test_a_bad_duration_is_answered_with_a_good_one(value, words):
    assert words in refused(budget={"total": value})["$.budget.total"]


def test_durations_become_seconds():
    budget = accepted(budget={"reproduce": "90s", "fix": "1h30m", "total": "2H"}).budget
    assert (budget.reproduce, budget.fix, budget.total) == (90, 5400, 7200)


def test_a_part_of_the_budget_beyond_the_total_is_refused_and_a_default_one_cut():
    assert "fix exceeds the total" in refused(budget={"fix": "30m"})["$.budget"]
    budget = accepted(budget={"total": "2m"}).budget
    assert (budget.reproduce, budget.fix, budget.total) == (120, 120, 120)


@pytest.mark.parametrize(
    "argument",
    [
        "--repro-stress=3",
        "-n",
        "-n4",
        "--numprocesses=2",
        "--collect-only",
        "--co",
        "-x",
        "-vx",
        "--maxfail=1",
        "--lf",
        "--stepwise-skip",
        "--count=3",
        "--reruns",
        "--pdb",
        "-h",
        "--version",
        "@args.txt",
        "--",
        "-pno:repro",
        "--basetemp=/x",
        "--disable-plugin-autoload",
        "--dist=load",
        "-f",
    ],
)
def test_a_pytest_argument_that_would_break_a_run_is_refused_with_the_reason(argument):
    line = refused(pytest_args=[argument])["$.pytest-args"]
    assert argument in line
    assert "expected no such argument; " in line
    assert line.split("expected no such argument; ")[1].strip()


def test_every_refused_pytest_argument_is_named():
    line = refused(pytest_args=["-x", "-q", "--pdb"])["$.pytest-args"]
    assert '"-x"' in line
    assert '"--pdb"' in line
    assert '"-q"' not in line


def test_a_plugin_switched_off_in_two_words_is_refused_and_another_one_is_not():
    assert "$.pytest-args" in refused(pytest_args=["-p", "no:pytest-repro"])
    assert accepted(pytest_args=["-p", "no:cacheprovider"]).pytest_args == ("-p", "no:cacheprovider")


@pytest.mark.parametrize(
    "args",
    [["-q"], ["-kx"], ["-mnot slow"], ["-Werror"], ["-oxfail_strict=true"], ["--tb=short"], ["-rfE"]],
)
def test_a_harmless_pytest_argument_is_taken(args):
    assert accepted(pytest_args=args).pytest_args == tuple(args)


def test_the_environment_is_no_way_round_the_refused_arguments():
    assert '"-x"' in refused(env={"PYTEST_ADDOPTS": "-q -x"})["$.env"]
    assert "$.env" in refused(env={"PYTEST_ADDOPTS": "-k 'open"})
    assert accepted(env={"PYTEST_ADDOPTS": "-q"}).env == {"PYTEST_ADDOPTS": "-q"}


def test_a_value_of_the_environment_is_never_shown():
    found = refused(env={"TOKEN": ["hunter2"], "A\0B": "hunter2"})
    assert len(found) == 2
    assert not [line for line in found.values() if "hunter2" in line]


def test_a_command_is_a_list_or_a_string_that_is_split_without_a_shell():
    spec = accepted(setup=["{python} -m pip install 'a b'", ["make", "x y"]])
    assert spec.setup == (("{python}", "-m", "pip", "install", "a b"), ("make", "x y"))
    assert with_python(spec.setup[0], "/opt/py")[0] == "/opt/py"


@pytest.mark.parametrize(
    "command", ["a && b", "a | b", "a > b", "cd a; b", "", "  ", "it's", [], [""], ["a", 1], ["a\0"], 5, {"a": 1}]
)
def test_a_command_that_needs_a_shell_or_is_none_is_refused(command):
    assert [path for path in refused(setup=[command]) if path.startswith("$.setup[0]")]


def test_a_fix_is_by_a_person_a_command_or_a_patch():
    assert accepted(fix={"by": "person"}).fix == PersonFix(by="person")
    command = accepted(fix={"by": "command", "command": "fixer --go"}).fix
    assert isinstance(command, CommandFix)
    assert command.command == ("fixer", "--go")
    patch = accepted(fix={"by": "patch", "patch": "a.patch"}).fix
    assert isinstance(patch, PatchFix)
    assert patch.patch == "a.patch"


def test_a_fix_of_another_kind_or_without_its_part_is_refused_at_its_place():
    assert 'did you mean "patch"?' in refused(fix={"by": "patc"})["$.fix.by"]
    assert refused(fix={})["$.fix.by"].startswith("$.fix.by: missing")
    assert "the patch file" in refused(fix={"by": "patch"})["$.fix.patch"]
    assert 'did you mean "command"?' in refused(fix={"by": "command", "comand": ["a"]})["$.fix.comand"]


@pytest.mark.parametrize("verify", [{"confidence": 1}, {"confidence": 0.2}, {"max-rate": 0}, {"max-rate": 1.5}])
def test_fractions_out_of_range_are_refused(verify):
    (key,) = verify
    assert f"$.verify.{key}" in refused(verify=verify)


def test_a_place_inside_an_embedded_example_is_told_from_a_path():
    assert Spec.example_of("example:shop/ci.log") == ("shop", "ci.log")
    for path in (
        "shop/ci.log",
        "example:shop/../x",
        "example:shop",
        "example:../x",
        "example:shop/.x",
        "x example:a/b",
    ):
        assert Spec.example_of(path) is None
    assert accepted(repository="example:shop").example == "shop"
    assert accepted().example is None


@pytest.mark.parametrize("raw", ["example:shop", "example:../../etc/passwd", "example:a/b/c", "", " \n"])
def test_raw_logs_that_only_look_like_an_example_are_refused(raw):
    assert "$.raw-logs" in refused(raw_logs=raw)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('{"a": 1,}', "line 1, column 9", "remove the trailing comma"),
        ("{'a': 1}", "line 1, column 2", "single quotes"),
        ('{"a": True}', "line 1, column 7", "write true"),
        ('{"a": None}', "line 1, column 7", "leave the key out"),
        ('{"a": 1 // why\n}', "line 1, column 9", "a comment"),
        ('{\n"a": 1\n"b": 2}', "line 3, column 1", "a comma is missing"),
        ('{"a": "C:\\new\\path"}', "line 1, column 14", r"write \\ for one backslash"),
        ('{"a": "x\ny"}', "line 1, column 9", r"expected \n or \t"),
        ("{a: 1}", "line 1, column 2", "stand in double quotes"),
        ('{"a": “x”}', "line 1, column 7", "typographic quotes"),
        ('{"a": 1', "line 1, column 8", "the end of the text"),
        ('{"a": 1} x', "line 1, column 10", "nothing after the closing bracket"),
    ],
)
def test_invalid_json_names_the_place_and_the_slip(text, place, words):
    line = problems(text)["$"]
    assert words in line
    # Python 3.13 points at a trailing comma, 3.11 behind it.
    assert place in line or "trailing comma" in line


@pytest.mark.parametrize("text", ["", " \n", "[]", "3", '"x"', "null", "true"])
def test_a_document_that_is_no_object_is_refused(text):
    assert "object {…}" in problems(text)["$"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[" * 200_000, "levels deep"),
        ("[" * 50 + "]" * 50, "levels deep"),
        ('{"attempts": ' + "9" * 5000 + "}", "thousands of digits"),
        ('{"attempts": 1e999}', "beyond every number"),
        ('{"attempts": NaN}', "NaN"),
    ],
)
def test_hostile_json_is_refused_in_words(text, words):
    assert words in " ".join(problems(text).values())


def test_a_key_given_twice_is_refused():
    assert (
        "given twice" in problems('{"prompt": "a", "prompt": "b", "deterministic": true, "raw-logs": "x"}')["$.prompt"]
    )


def test_half_a_character_is_refused():
    assert "half a character" in problems('{"prompt": "\\ud800", "deterministic": true, "raw-logs": "x"}')["$.prompt"]


def test_nothing_that_a_terminal_would_obey_is_shown():
    found = problems(json.dumps(LEAST | {"\x1b[2J": "\x9b31m", "base": "\x1b]0;x\x07 y"}))
    assert not [line for line in found.values() if not line.isprintable()]


def test_a_byte_order_mark_is_no_problem():
    assert parse_spec("\ufeff" + json.dumps(LEAST), "info.json") == accepted()


def test_the_normalised_form_is_read_back_as_the_same_spec():
    spec = accepted(
        budget={"total": "1m30s"}, setup=["a 'b c'"], fix={"by": "patch", "patch": "p"}, verify={"max-rate": 0.01}
    )
    data = spec.to_json()
    assert parse_spec(json.dumps(data), "spec.json") == spec
    assert data["budget"] == {"reproduce": "90s", "fix": "90s", "total": "90s"}
    assert data["setup"] == [["a", "b c"]]
    assert "url" not in data


def test_a_spec_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        accepted().attempts = 6


def test_the_published_schema_is_the_one_of_the_code():
    published = Path(__file__).parents[2] / "docs" / "reference" / "info.schema.json"
    assert published.read_text(encoding="utf-8") == info_schema_text(), (
        "write it anew: python -c 'from harness.domain.spec_schema import info_schema_text as t; print(t(), end=\"\")' "
        "> docs/reference/info.schema.json"
    )
