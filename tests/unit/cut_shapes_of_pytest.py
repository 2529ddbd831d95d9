"""Shapes of test modules that pytest and its plugins allow: fixtures, classes, parameters."""

from cut_shape import Shape

SHAPES = {
    "class with a base class": Shape(
        "flat/test_inherit.py",
        "TestChild::test_it",
        "prepared",
        """
        class Base:
            kind = "prepared"
            def setup_method(self):
                self.value = self.kind
            def test_other_of_base(self):
                pass

        class Mixin:
            def test_it(self):
                assert self.value == self.wanted()

        class TestChild(Mixin, Base):
            def wanted(self):
                return "else"
            def test_other(self):
                pass

        class TestUnrelated:
            def test_other(self):
                pass
        """,
        ("test_other", "TestUnrelated"),
    ),
    "unittest with setUpClass": Shape(
        "flat/test_unit.py",
        "CaseTest::test_it",
        "1 != 2",
        """
        import unittest

        def setUpModule():
            global number
            number = 1

        class CaseTest(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                cls.value = number

            def test_it(self):
                self.assertEqual(self.value, 2)

            def test_other(self):
                pass

        if __name__ == "__main__":
            unittest.main()
        """,
        ("test_other", "__main__"),
    ),
    "a test that other code of the class calls": Shape(
        "flat/test_called.py",
        "TestCalls::test_it",
        "called",
        """
        class TestCalls:
            def test_used(self):
                return "called"
            def test_other(self):
                pass
            def test_it(self):
                value = self.test_used()
                assert value is None
        """,
    ),
    "fixtures on fixtures": Shape(
        "flat/test_fixtures.py",
        "test_it",
        "of conftest, of the inner, tuned",
        """
        import pytest

        STATE = []

        @pytest.fixture(autouse=True)
        def tuned():
            STATE.append("tuned")

        @pytest.fixture(name="inner")
        def _inner():
            return "of the inner"

        @pytest.fixture
        def outer(inner, from_conftest):
            return [from_conftest, inner, *STATE]

        @pytest.fixture
        def unused():
            return None

        def test_it(outer):
            assert ", ".join(outer) == ""

        def test_other(unused):
            pass
        """,
        ("test_other", "def unused"),
    ),
    "fixtures named in strings": Shape(
        "flat/test_usefixtures.py",
        "TestIt::test_it",
        "['marked', 'asked', 'hook']",
        """
        import pytest

        STATE = []
        pytestmark = pytest.mark.usefixtures("marked")

        @pytest.fixture
        def marked():
            STATE.append("marked")

        @pytest.fixture
        def asked():
            STATE.append("asked")

        class TestIt:
            def test_it(self, request):
                request.getfixturevalue("asked")
                late()
                assert STATE == []

        def late():
            STATE.append("hook")

        def test_other():
            pass
        """,
    ),
    "parameters with colons, spaces and slashes": Shape(
        "flat/test_parameters.py",
        "test_it[a::b/c [2:30pm] d]",
        "'a'",
        """
        import pytest

        FIRST = "a"
        CASES = [pytest.param(FIRST, id="a::b/c [2:30pm] d")]
        CASES += ["z"]

        @pytest.mark.parametrize("value", CASES)
        def test_it(value):
            assert value == "z"

        @pytest.mark.parametrize("value", CASES)
        def test_other(value):
            pass
        """,
    ),
    "asyncio": Shape(
        "flat/test_async.py",
        "test_it",
        "awaited",
        """
        import asyncio
        import pytest

        pytestmark = pytest.mark.asyncio

        async def fetch():
            await asyncio.sleep(0)
            return "awaited"

        async def test_it():
            assert await fetch() == ""

        async def test_other():
            await fetch()
        """,
    ),
    "hypothesis": Shape(
        "flat/test_given.py",
        "test_it",
        "drawn 7",
        """
        from hypothesis import given, strategies as st

        @st.composite
        def sevens(draw):
            return draw(st.just(7))

        @given(sevens())
        def test_it(number):
            raise RuntimeError(f"drawn {number}")

        @given(st.text())
        def test_other(text):
            pass
        """,
    ),
    "a test of an inner class": Shape(
        "flat/test_inner.py",
        "TestOuter::TestInner::test_it",
        "inner",
        """
        class TestOuter:
            class Helper:
                value = "inner"
            class TestInner:
                def test_it(self):
                    assert TestOuter.Helper.value == ""
                def test_other(self):
                    pass
            class TestSecond:
                def test_other(self):
                    pass
        """,
    ),
}
