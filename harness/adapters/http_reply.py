"""The end of a request: what the last server said."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """headers: names in lower case; host: who answered, after redirects; message: of a refusal, the server's own words.

    redirected: whether another origin than the one that was asked answered; signed_in: whether it was sent a token.
    """

    status: int
    headers: Mapping[str, str]
    host: str
    message: str = ""
    redirected: bool = False
    signed_in: bool = False
