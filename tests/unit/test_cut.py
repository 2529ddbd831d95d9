import ast
from textwrap import dedent

import pytest

from harness.domain.cut import CutTest, cut_test
from pytest_repro.core.errors import ReproError


def cut(source: str, test: str, level: int = 1, path: str = "tests/test_pool.py", package: bool = False) -> CutTest:
    return cut_test(dedent(source).lstrip("\n"), f"{path}::{test}", original=path, depth_has_init=package, level=level)


SIMPLE = """
    import os

    def test_it():
        assert os.sep

    def test_other():
        pass
    """


@pytest.mark.parametrize(
    "test", ["test_it", "test_it[a::b]", "test_it[[x] y/z.py::test_other]", "test_it[ok 2:30pm-1]", "test_it[]"]
)
def test_parameters_of_a_node_id_are_kept_letter_by_letter(test: str) -> None:
    assert cut(SIMPLE, test).nodeid_suffix == f"::{test}"


def test_a_bracket_in_the_path_is_no_parameter() -> None:
    assert cut(SIMPLE, "test_it[1]", path="tests/[a]/test_pool.py").nodeid_suffix == "::test_it[1]"


@pytest.mark.parametrize("test", ["", "test_it[1", "Test::", "test_gone", "TestGone::test_it", "test_it::test_inner"])
def test_a_node_id_that_names_no_test_of_the_module_is_refused(test: str) -> None:
    with pytest.raises(ReproError) as caught:
        cut(SIMPLE, test)
    assert caught.value.slug == "cannot-cut"


@pytest.mark.parametrize("source", ["def test_it(:\n", "x = '\0'\n", "if True:\npass\n"])
def test_a_module_that_cannot_be_parsed_is_refused(source: str) -> None:
    with pytest.raises(ReproError, match="cannot be parsed"):
        cut(source, "test_it")


def test_a_misspelt_name_is_not_taken_for_a_test_that_a_mark_made() -> None:
    source = "import pytest\n@pytest.mark.parametrize('x', [1])\ndef test_sum(x): pass\n"
    with pytest.raises(ReproError, match="test_sum"):
        cut(source, "test_sum_0")


def test_a_test_that_a_decorator_expanded_is_found_by_the_name_it_grew_from() -> None:
    source = """
        from parameterized import parameterized
        class TestSum:
            @parameterized.expand([(1,)])
            def test_sum(self, x): pass
            def test_other(self): pass
        """
    found = cut(source, "TestSum::test_sum_0_small")
    assert "def test_sum(" in found.text
    assert "test_other" not in found.text
    assert found.nodeid_suffix == "::TestSum::test_sum_0_small"


def test_a_test_inherited_from_another_module_keeps_its_class_and_says_so() -> None:
    source = "from shared import Contract\nclass TestPool(Contract):\n    size = 3\n    def test_other(self): pass\n"
    found = cut(source, "TestPool::test_inherited")
    assert "size = 3" in found.text
    assert "test_other" not in found.text
    assert any("base class outside" in note for note in found.notes)


def test_tests_made_at_run_time_keep_what_makes_them() -> None:
    source = "for n in 'ab':\n    globals()[f'test_{n}'] = lambda: None\n\ndef test_other(): pass\n"
    found = cut(source, "test_a")
    assert "globals()" in found.text
    assert "test_other" not in found.text
    assert any("run time" in note for note in found.notes)


def test_an_imported_test_is_kept_with_its_import() -> None:
    assert cut("from shared import test_it\nimport os\n", "test_it").text.endswith("from shared import test_it\n")


def test_statements_that_share_a_line_stay_together() -> None:
    found = cut("a = 1; b = 2\nc = 3\ndef test_it(): assert a\n", "test_it")
    assert found.text == "a = 1; b = 2\ndef test_it(): assert a\n"


def test_comments_go_with_the_statement_below_them() -> None:
    source = """
        # licence

        # about a
        a = 1
        # about b
        b = 2

        # loose


        # about the test
        @staticmethod  # why
        def test_it():
            assert a
            # last words

        # about the other
        def test_other(): pass
        """
    assert cut(source, "test_it").text == dedent(
        """\
        # about a
        a = 1


        # about the test
        @staticmethod  # why
        def test_it():
            assert a
            # last words
        """
    )


def test_text_inside_strings_is_never_tidied() -> None:
    text = "TEXT = '''\n\n\n\n# no comment\n\n\n\n'''\n"
    assert cut(f"{text}gone = 1\ndef test_it(): assert TEXT\n", "test_it").text.startswith(text)


def test_a_class_left_without_methods_is_still_a_class() -> None:
    source = "class Base:\n    def test_other(self): pass\n\nclass TestIt(Base):\n    def test_it(self): pass\n"
    found = cut(source, "TestIt::test_it")
    ast.parse(found.text)
    assert "class Base:\n    pass\n" in found.text


def test_level_two_touches_nothing_but_the_other_tests() -> None:
    source = dedent('''\
        """About the module."""
        import os
        unused = 1


        def helper(): pass
        ''')
    found = cut(f"{source}\n\ndef test_other(): pass\n\n\ndef test_it(): pass\n", "test_it", level=2)
    assert found.text == f"{source}\n\ndef test_it(): pass\n"


def test_a_dropped_submodule_import_would_break_a_dotted_use_and_is_kept() -> None:
    source = "import xml\nfrom xml.dom import minidom\ndef test_it(): assert xml.dom.minidom\n"
    assert "from xml.dom import minidom" in cut(source, "test_it").text


def test_function_hooks_are_not_kept_for_methods() -> None:
    source = "def setup_function(): pass\nclass TestIt:\n    def test_it(self): pass\ndef test_plain(): pass\n"
    assert "setup_function" not in cut(source, "TestIt::test_it").text
    assert "setup_function" in cut(source, "test_plain").text


def test_a_fixture_that_replaces_an_outer_one_is_kept_although_nothing_asks() -> None:
    source = "import pytest\n@pytest.fixture\ndef settings(settings): return 1\ndef test_it(client): pass\n"
    assert "def settings(" in cut(source, "test_it").text


def test_a_string_condition_of_a_mark_keeps_its_names() -> None:
    source = "import sys\nimport pytest\n@pytest.mark.skipif('sys.platform == 0')\ndef test_it(): pass\n"
    assert "import sys\n" in cut(source, "test_it").text


def test_star_imports_are_kept() -> None:
    assert "from shared import *" in cut("from shared import *\ndef test_it(): assert made\n", "test_it").text


def test_relative_imports_get_one_more_dot_wherever_they_stand() -> None:
    source = "def test_it():\n    é = 1; from  . import a; from ..b import c  # from . import no\n"
    found = cut(source, "test_it", package=True)
    assert found.text == "def test_it():\n    é = 1; from  .. import a; from ...b import c  # from . import no\n"
    assert found.is_package


def test_the_prologue_comes_after_future_imports() -> None:
    source = "'''About.'''\nfrom __future__ import annotations\nimport sibling\ndef test_it(): sibling.run(__file__)\n"
    for level in (1, 2):
        text = cut(source, "test_it", level=level).text
        compile(text, "cut", "exec")
        assert text.index("__future__") < text.index("_sys.path.insert") < text.index("import sibling")
        assert "sibling.run(_ORIGINAL_FILE)" in text


def test_only_modules_that_lie_beside_the_original_change_the_path() -> None:
    arguments = {"nodeid": "tests/a.py::test_it", "original": "tests/a.py", "depth_has_init": False, "level": 1}
    source = "import requests\ndef test_it(): requests.get\n"
    beside = cut_test(source, siblings=frozenset({"requests"}), **arguments)  # type: ignore[arg-type] # mixed values
    apart = cut_test(source, siblings=frozenset({"helpers"}), **arguments)  # type: ignore[arg-type] # mixed values
    assert "_sys.path" in beside.text
    assert apart.text == source


def test_a_file_name_cannot_smuggle_code_into_the_prologue() -> None:
    path = 'tests/a"\nimport evil  #.py'
    text = cut("import beside\ndef test_it(): beside.run(__file__)\n", "test_it", path=path).text
    imported = {a.name for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Import) for a in n.names}
    assert imported == {"sys", "beside"}


def test_another_encoding_is_not_declared_any_more() -> None:
    found = cut("# -*- coding: latin-1 -*-\nimport os\ndef test_it(): pass\n", "test_it", level=2)
    assert "latin-1" not in found.text


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("def test_it(datadir): pass", "asks pytest for its own path"),
        ("def test_it(request): open(request.node.path)", "asks pytest for its own path"),
        ("def test_it(): patch('tests.test_pool.helper')", "names the original module"),
        ("def test_it(): assert ' test_pool:' in 'log'", "holds the original module's name"),
        ("def test_it(): eval('1')", "looks names up in strings"),
        ("def test_it(): assert nowhere", "nothing in the text defines nowhere"),
    ],
)
def test_what_may_not_work_after_the_move_is_said(body: str, words: str) -> None:
    assert any(words in note for note in cut(body, "test_it").notes)


def test_each_kept_statement_comes_with_the_reason() -> None:
    source = "import os\ndef helper(): return os\ndef test_it(): helper()\n"
    assert cut(source, "test_it").notes == (
        "kept os (line 1): used by helper (line 2)",
        "kept helper (line 2): used by test_it (line 3)",
    )


def test_a_class_may_read_a_module_name_before_it_binds_it() -> None:
    source = "size = 3\nclass TestIt:\n    size = size\n    def test_it(self): assert self.size\n"
    assert cut(source, "TestIt::test_it").text.startswith("size = 3\n")
