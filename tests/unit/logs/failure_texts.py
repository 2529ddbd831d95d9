"""Short logs of jobs of invented projects, each with the class that its failure has."""

from typing import Final

from failure_texts_javascript import JAVASCRIPT
from failure_texts_jvm import JVM
from failure_texts_native import NATIVE
from failure_texts_outside import OUTSIDE
from failure_texts_python import PYTHON
from failure_texts_traps import TRAPS
from failure_texts_wrapped import WRAPPED
from short_logs import Case

FAILING: Final[tuple[Case, ...]] = PYTHON + JVM + JAVASCRIPT + NATIVE + OUTSIDE + WRAPPED
CASES: Final[tuple[Case, ...]] = FAILING + TRAPS
