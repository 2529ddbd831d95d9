"""Shapes of test modules that Python itself allows: scopes, blocks, imports, files."""

from cut_shape import Shape

SHAPES = {
    "function with a helper": Shape(
        "flat/test_function.py",
        "test_it",
        "5 == 6",
        """
        '''About the module.'''
        import os
        import json as unused_json
        LIMIT = 5
        UNUSED = os.sep

        # The helper's own comment.
        def helper():
            return LIMIT

        def unused_helper():
            return UNUSED

        def test_it():
            assert helper() == 6

        def test_other():
            assert unused_helper()
        """,
        ("test_other", "unused_helper", "UNUSED", "unused_json", "About the module"),
    ),
    "a constant that only a decorator uses": Shape(
        "flat/test_decorated.py",
        "test_it",
        "thrice: 3",
        """
        import functools

        TIMES = 3

        def tagged(times):
            def wrap(function):
                @functools.wraps(function)
                def inner():
                    return function(times)
                del inner.__wrapped__
                return inner
            return wrap

        @tagged(TIMES)
        def test_it(times):
            raise ValueError(f"thrice: {times}")

        @tagged(4)
        def test_other(times):
            pass
        """,
    ),
    "type checking only and string annotations": Shape(
        "flat/test_typed.py",
        "test_it",
        "typed",
        """
        from __future__ import annotations
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            from collections.abc import Sequence

        class Box:
            pass

        def make(items: Sequence[str], box: "Box | None" = None) -> str:
            return items[0]

        def test_it() -> None:
            assert make(["typed"]) == ""

        def test_other() -> None:
            pass
        """,
    ),
    "global statements, closures and walrus names": Shape(
        "flat/test_scopes.py",
        "test_it",
        "(3, 4, [2])",
        """
        count = 2
        numbers = [last := n for n in range(5)]
        spare = 1

        def bump():
            global count
            count += 1
            def inner():
                spare = count
                return spare
            return inner()

        def test_it():
            assert (bump(), last, [n for n in numbers if (half := n / 2) == 1]) == ()

        def test_other():
            assert spare
        """,
        ("test_other", "spare = 1"),
    ),
    "definitions in if and try": Shape(
        "flat/test_blocks.py",
        "TestIt::test_it",
        "of the except",
        """
        import sys

        try:
            import no_such_module
        except ImportError:
            no_such_module = "of the except"

        if sys.version_info > (3,):
            class TestIt:
                def test_it(self):
                    assert no_such_module == ""
                def test_other(self):
                    pass
        else:
            def test_other():
                pass
        """,
    ),
    "side effects on import": Shape(
        "flat/test_effects.py",
        "test_it",
        "[1, 2]",
        """
        import random
        import sys

        random.seed(3)
        FIRST = random.random()
        sys.modules["made_up_by_the_test"] = random
        VALUES = []
        OTHERS = []
        VALUES.append(1); VALUES.append(2)
        OTHERS.append(3)

        def register(function):
            VALUES.extend([])
            return function

        @register
        def unused():
            pass

        def test_it():
            import made_up_by_the_test
            assert made_up_by_the_test.Random(3).random() == FIRST
            assert VALUES == []

        def test_other():
            assert OTHERS
        """,
        ("test_other", "OTHERS", "unused"),
    ),
    "a data file beside the module": Shape(
        "flat/test_data.py",
        "test_it",
        "of the file",
        """
        import os
        from pathlib import Path

        HERE = os.path.dirname(__file__)

        def test_it():
            text = Path(HERE, "data.txt").read_text()
            assert Path(f"{__file__}").name == "test_data.py"
            assert text == ""

        def test_other():
            pass
        """,
    ),
    "a sibling module": Shape(
        "flat/test_sibling.py",
        "test_it",
        "of the sibling",
        """
        import sibling

        def test_it():
            assert sibling.VALUE == ""

        def test_other():
            pass
        """,
    ),
    "relative imports": Shape(
        "pkg/tests/test_relative.py",
        "test_it",
        "of the package, of the parent package, of the package",
        """
        from . import helper
        from .. import core
        from pkg.tests.helper import VALUE as absolute

        def test_it():
            from .helper import VALUE
            assert f"{VALUE}, {core.VALUE}, {absolute}" == helper.VALUE

        def test_other():
            pass
        """,
    ),
    "names in strings": Shape(
        "flat/test_strings.py",
        "test_it",
        "found",
        """
        def looked_up():
            return "found"

        def test_it():
            assert globals()["looked_up"]() == ""

        def test_other():
            pass
        """,
    ),
    "line ends of Windows and a declared encoding": Shape(
        "flat/test_windows.py",
        "test_it",
        "'é'",
        "# -*- coding: utf-8 -*-\r\nLETTER = 'é'\r\n\r\ndef test_it():\r\n    assert LETTER == ''\r\n\r\n\r\n"
        "def test_other():\r\n    pass\r\n",
    ),
}
