"""Check that the report of the README's first command says what it must; the argument is a file of its output."""

import json
import re
import sys
from pathlib import Path


def main(output: Path) -> int:
    """Return 0 if the run succeeded with numbers that hold together, else 1 with what is wrong."""
    found = re.search(r"report: (\S+\.md)", output.read_text(encoding="utf-8"))
    if not found:
        print("the command printed no path of a report")
        return 1
    text = Path(found[1]).read_text(encoding="utf-8")
    data = json.loads(Path(found[1]).with_suffix(".json").read_text(encoding="utf-8"))
    missing = [
        fact
        for fact in ("success", "## 1. Reproduction", "## 2. Root cause", "## 3. Fix", "## 4. Branches", "Revert check")
        if fact not in text
    ]
    wrong = [f"it does not say {fact!r}" for fact in missing]
    if data["status"] != "success":
        wrong.append(f"its status is {data['status']!r}")
    if not re.search(r"\| with the fix \| 0/\d+ \| below", text):
        wrong.append("it has no clean row after the fix")
    for words in wrong:
        print(f"{found[1]}: {words}")
    print(f"the report {found[1]} says what it must" if not wrong else "the report is wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
