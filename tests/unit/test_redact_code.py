"""Code that handles secrets is shown as it is; a secret written into it is not."""

import pytest

from harness.logs.redact import redact

WORD = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
CODE = [
    "token = tlist.token_next_by(i=sql.Where)",
    "+        token = value[0]",
    "login(api_key=get_key())",
    "password=os.environ['PASSWORD']",
    "token = other.name",
    "self.token = self._tokens.last",
    "login(password=self.password, user=user)",
    "def login(password: str, token: bytes) -> None:",
    "password: Optional[str] = None",
    "secret = None",
    "if token == other:",
    "if password != other.password:",
    "token = tokens[idx - 1]",
    "secret_key = derive(salt)",
    "tidx, token = tlist.token_next(tidx)",
    "credentials = (user, password)",
    "token = [part for part in parts]",
    "token = {'a': 1}",
    "_TOKENS: Final = re.compile(",
    "password: SecretStr = field()",
]
PLANTED = {
    "quoted": ('token = "correct.horse"', "correct.horse"),
    "quoted, single": ("password = 'get_key()'", "get_key"),
    "quoted call": ('api_key="tlist.next("', "tlist.next"),
    "annotated": ('password: str = "hunter2"', "hunter2"),
    "annotated, optional": ("api_key: Optional[str] = 'correct horse'", "correct"),
    "annotated, union": ('api_key: str | None = "correct horse"', "correct"),
    "compared": ('if password == "hunter2":', "hunter2"),
    "compared, unequal": ("if password != 'hunter2':", "hunter2"),
    "bare": ("password=hunter2", "hunter2"),
    "bare, blanks": ("password = hunter2", "hunter2"),
    "bare word": ("password = correcthorse", "correcthorse"),
    "bare and dotted in the environment": ("DB_PASSWORD=correct.horse", "correct.horse"),
    "bare and dotted in capitals": ("DB_PASSWORD = correct.horse", "correct.horse"),
    "bare and dotted without blanks": ("password=correct.horse", "correct.horse"),
    "dotted and random": (f"token = {WORD}.{WORD}", WORD),
    "random before a bracket": (f"token={WORD}(", WORD),
    "random before a square bracket": (f"SECRET={WORD}[x]", WORD),
    "capitals before a bracket": ("DB_PASSWORD=hunter2(x", "hunter2"),
    "annotated capitals": ('_TOKEN: Final = "hunter2"', "hunter2"),
    "yaml": ("  password: correct.horse", "correct.horse"),
}


@pytest.mark.parametrize("text", CODE)
def test_code_without_a_literal_secret_is_shown_as_it_is(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("case", PLANTED)
def test_a_secret_written_into_code_is_gone_and_redacting_again_changes_nothing(case: str) -> None:
    text, secret = PLANTED[case]
    shown = redact(text)
    assert secret not in shown
    assert redact(shown) == shown
