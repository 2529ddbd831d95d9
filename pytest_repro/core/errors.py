"""The one error type that a person is meant to read."""


class ReproError(Exception):
    """An expected failure in the user's world: what was seen, what was expected, what to do next.

    `slug` names the entry in `docs/reference/messages.md`; `hint` is the next step, a command where there is one.
    """

    def __init__(self, message: str, slug: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.slug = slug
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  hint: {self.hint}" if self.hint else self.message
