"""Secrets and personal data taken out of log text before it is stored or shown."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from harness.logs.secret.code import is_word
from harness.logs.secret.encoded import without_packed
from harness.logs.secret.given import without_given
from harness.logs.secret.headers import without_credentials, without_mail
from harness.logs.secret.hints import risky_lines
from harness.logs.secret.keys import PrivateKeys
from harness.logs.secret.known import ADD_MASK, KnownValues, masked_values
from harness.logs.secret.marks import EMAIL, MARK
from harness.logs.secret.names import ascii_lower, without_named
from harness.logs.secret.own import own_secrets
from harness.logs.secret.tokens import without_tokens

__all__ = ["EMAIL", "MARK", "PrivateKeys", "Redactor", "masked_values", "redact", "redact_value"]

_ANY: Final = "Xq7" * 7  # a value that its name alone can show to be secret
_BLOCK: Final = 1 << 17  # characters looked at in one go
_MASKING: Final = re.compile(rf"{ADD_MASK}[^\r\n]*")


def redact(text: str, known: Iterable[str] = ()) -> str:
    """Return `text` without tokens, credentials, private keys, secret-named values and e-mail addresses.

    known: values to take out literally, beside those of this process's environment (`own_secrets`); those below four
    characters are left. Values that `text` itself asks to be masked are taken out also before it does. Line breaks
    stay. Redacting twice gives the same text as redacting once. Time is linear in the text.
    """
    masks = masked_values(text.split("\n")) if ADD_MASK in text else ()
    redactor = Redactor((*known, *masks))
    if len(text) <= _BLOCK:
        return redactor.block(text)
    return "\n".join(redactor.block(block) for block in _blocks(text))


def redact_value(name: str, value: str, known: Iterable[str] = ()) -> str:
    """Return `value`, all of what the variable or property `name` holds, redacted.

    One whose name says secret is taken out to its end, where `redact` sees an end at the first blank.
    """
    shown = redact(f"{name}={value}", known)
    if shown.startswith(f"{name}={MARK}") or (not is_word(value) and redact(f"{name}={_ANY}") == f"{name}={MARK}"):
        return MARK
    return shown.removeprefix(f"{name}=") if shown.startswith(f"{name}=") else redact(value, known)


def _blocks(text: str) -> Iterator[str]:
    """Yield `text` in blocks of whole lines."""
    start = 0
    while (end := text.find("\n", start + _BLOCK)) >= 0:
        yield text[start:end]
        start = end + 1
    yield text[start:]


class Redactor:
    """`redact` for text that comes in lines: keys may span them, values are masked from their `::add-mask::` on."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._known = KnownValues((*own_secrets(), *known))
        self._keys = PrivateKeys()

    def lines(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield each of `lines` (without its line break) redacted, some at a time."""
        taken: list[str] = []
        size = 0
        for line in lines:
            taken.append(line)
            size += len(line) + 1
            if size >= _BLOCK:
                yield from self.block("\n".join(taken)).split("\n")
                taken, size = [], 0
        if taken:
            yield from self.block("\n".join(taken)).split("\n")

    def line(self, text: str) -> str:
        """Return the next line redacted."""
        return self.block(text)

    def block(self, text: str) -> str:
        """Return the next lines redacted, joined as they came; how lines are cut into blocks makes no difference."""
        if ADD_MASK in text:
            lines = text.split("\n")
            for at, line in enumerate(lines):
                if ADD_MASK in line:
                    self._known.add(masked_values([line]))
                lines[at] = self._plain(_MASKING.sub(f"{ADD_MASK}{MARK}", line))
            return "\n".join(lines)
        return self._plain(text)

    def _plain(self, text: str) -> str:
        """Return whole lines redacted that ask for no mask."""
        text = self._known.hide(text)
        starts = iter(risky_lines(text))
        shown: list[str] = []
        done = 0  # all before it is shown
        start = next(starts, None)
        while start is not None or self._keys.inside:
            if start is None or (self._keys.inside and done < start):
                at = done
            else:
                at, start = start, next(starts, None)
            if at > len(text):
                break
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            shown.append(text[done:at])
            shown.append(_clean(self._keys.line(text[at:end])))
            shown.append(text[end : end + 1])
            done = end + 1
        shown.append(text[done:])
        return "".join(shown)


def _clean(line: str) -> str:
    """Return `line` without what its own text shows to be secret."""
    if "ey" in line or "ew" in line:
        line = without_packed(line, _shown)
    return _shown(line)


def _shown(line: str) -> str:
    """Return `line` without what stands in it as it is."""
    line = without_tokens(line)
    lower = ascii_lower(line)
    line = without_credentials(line, lower)
    line = without_given(line, lower)
    return without_mail(without_named(line, lower))
