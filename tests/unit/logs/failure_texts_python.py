"""Failures of Python jobs."""

from typing import Final

from short_logs import PYTEST, Case, azure, circle, collect_error, failed_run, github, gitlab, travis

PYTHON: Final = (
    Case(
        "an assertion",
        "test_failure",
        "github",
        github(
            "pytest",
            failed_run(
                "test_area", "    def test_area():\n>       assert area(2) == 4", "AssertionError: assert 5 == 4"
            ),
        ),
    ),
    Case(
        "a module that is not installed",
        "missing_dependency",
        "github",
        github("pytest", collect_error("ModuleNotFoundError: No module named 'sprockets'"), code=2),
    ),
    Case(
        "an own name that moved",
        "test_failure",
        "github",
        github(
            "pytest",
            collect_error("ImportError: cannot import name 'make' from 'widgets.core' (/srv/widgets/widgets/core.py)"),
            code=2,
        ),
    ),
    Case(
        "a file that does not parse",
        "syntax_error",
        "gitlab",
        gitlab(collect_error("SyntaxError: invalid syntax", "    <<<<<<< HEAD")),
    ),
    Case(
        "a variable that is not there",
        "env_variable_missing",
        "github",
        github(
            "pytest",
            collect_error(
                "KeyError: 'WIDGET_URL'",
                (
                    "    URL = os.environ['WIDGET_URL']\n/usr/lib/python3.12/os.py:685: in __getitem__\n"
                    "    raise KeyError(key) from None"
                ),
            ),
            code=2,
        ),
    ),
    Case(
        "a key that is no variable",
        "test_failure",
        "github",
        github(
            "pytest",
            failed_run("test_get", "    def test_get():\n>       assert TABLE['BLUE_ONE']", "KeyError: 'BLUE_ONE'"),
        ),
    ),
    Case(
        "a server outside that does not answer",
        "network_error",
        "github",
        github(
            "pytest",
            failed_run(
                "test_fetch",
                ">       fetch()",
                (
                    "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='api.example.org', port=443): Max "
                    "retries exceeded with url: /v1"
                ),
            ),
        ),
    ),
    Case(
        "a server of its own that does not answer",
        "test_failure",
        "github",
        github(
            "pytest",
            failed_run(
                "test_fetch",
                ">       fetch()",
                (
                    "requests.exceptions.ConnectionError: HTTPConnectionPool(host='localhost', port=8080): Max "
                    "retries exceeded with url: /v1"
                ),
            ),
        ),
    ),
    Case(
        "a full disk in a test",
        "resource_exhaustion",
        "github",
        github("pytest", failed_run("test_save", ">       save()", "OSError: [Errno 28] No space left on device")),
    ),
    Case(
        "unittest's failure",
        "test_failure",
        "travis",
        travis(
            "python -m unittest",
            (
                "F.\n======================================================================\n"
                "FAIL: test_area (tests.test_core.AreaTest)\n"
                "----------------------------------------------------------------------\n"
                "Traceback (most recent call last):\n"
                '  File "/srv/widgets/tests/test_core.py", line 9, in test_area\n'
                "    self.assertEqual(area(2), 4)\nAssertionError: 5 != 4\n\n"
                "----------------------------------------------------------------------\n"
                "Ran 2 tests in 0.001s\n\nFAILED (failures=1)"
            ),
        ),
    ),
    Case(
        "a script whose module is not installed",
        "missing_dependency",
        "azure",
        azure(
            'Traceback (most recent call last):\n  File "tools/build.py", line 3, in <module>\n'
            "    import sprockets\nModuleNotFoundError: No module named 'sprockets'"
        ),
    ),
    Case(
        "a script that reads a variable",
        "env_variable_missing",
        "circle",
        circle(
            'Traceback (most recent call last):\n  File "tools/release.py", line 3, in <module>\n'
            '    token = os.environ["RELEASE_TOKEN"]\n'
            '  File "/usr/lib/python3.12/os.py", line 685, in __getitem__\n'
            "    raise KeyError(key) from None\nKeyError: 'RELEASE_TOKEN'"
        ),
    ),
    Case(
        "a script that does not parse",
        "syntax_error",
        "github",
        github(
            "python tools/build.py",
            (
                '  File "tools/build.py", line 7\n    print "built"\n    ^^^^^^^^^^^^^\n'
                "SyntaxError: Missing parentheses in call to 'print'. Did you mean print(...)?"
            ),
        ),
    ),
    Case(
        "a crash of the interpreter",
        "test_failure",
        "github",
        github(
            "python -m pytest",
            PYTEST.format(count=2)
            + (
                "\ntests/test_core.py Fatal Python error: Segmentation fault\n\n"
                "Current thread 0x00007f (most recent call first):\n"
                '  File "/srv/widgets/tests/test_core.py", line 4 in test_area'
            ),
            code=139,
        ),
    ),
    Case(
        "memory that ran out under pytest",
        "resource_exhaustion",
        "github",
        github(
            "pytest -v",
            PYTEST.format(count=2)
            + (
                "\ntests/test_core.py::test_area PASSED\n"
                "/srv/_temp/9.sh: line 1:  2211 Killed                  pytest -v\n"
                "tests/test_core.py::test_all "
            ),
            code=137,
        ),
    ),
    Case(
        "a requirement that nobody offers",
        "missing_dependency",
        "github",
        github(
            "pip install -r requirements.txt",
            (
                "ERROR: Could not find a version that satisfies the requirement sprockets==9.9 (from versions: "
                "1.0, 1.1)\nERROR: No matching distribution found for sprockets==9.9"
            ),
        ),
    ),
    Case(
        "requirements that exclude each other",
        "missing_dependency",
        "gitlab",
        gitlab(
            "ERROR: Cannot install sprockets==1.0 and widgets==2.0 because these package versions have "
            "conflicting dependencies.\n"
            "ERROR: ResolutionImpossible: for help visit https://pip.example/en/latest"
        ),
    ),
    Case(
        "a site folder that is not ours",
        "permission_denied",
        "travis",
        travis(
            "nosetests",
            "Python 2.7.9\n/opt/ci/run.sh: line 57: nosetests: command not found",
            code=127,
            before=(
                "$ pip install nose\nCleaning up...\nException:\n"
                "IOError: [Errno 13] Permission denied: '/opt/python/site-packages/six.pyc'\n"
            ),
        ),
    ),
    Case(
        "conda packages that are not there",
        "missing_dependency",
        "github",
        github(
            "conda env create",
            (
                "Collecting package metadata: ...working... done\nSolving environment: ...working... failed\n"
                "\nResolvePackageNotFound: \n  - sprockets=9.9"
            ),
        ),
    ),
)
