"""What a forge's refusal means, and what to do about it."""

import re
from dataclasses import dataclass

from harness.adapters.forge_token import Access, setting_of
from harness.adapters.http_reply import Reply
from harness.domain.ci_url import BY_HAND, CiUrl, Forge, for_gh
from pytest_repro.core.errors import ReproError


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom we asked as whom: what every refusal is explained with."""

    url: CiUrl
    access: Access

    def refusal(self, reply: Reply, what: str) -> ReproError:
        """Return the error for `reply`, which is no success, to the request for `what` ("run 5 of a/b")."""
        signed_in = self.access.token is not None
        if reply.redirected and reply.status in (401, 403):
            return self._unexpected(reply, what)  # of the host that a log is stored at, which is sent no token
        if reply.status == 401:
            return self._token_refused(reply, what) if signed_in else self._sign_in(reply, what)
        if reply.status == 403:
            return self._forbidden(reply, what) if signed_in else self._sign_in(reply, what)
        if reply.status == 404:
            return self._not_found(what)
        if reply.status == 410:
            return self._gone(what)
        return self._unexpected(reply, what)

    def no_answer(self, what: str) -> ReproError:
        """Return the error for an answer that is not of the form of the forge's API."""
        kind = "GitHub" if self.url.forge == "github" else "GitLab"
        return ReproError(
            f"{self.url.host} answers to the request for {what} as no {kind} does",
            "forge-answer",
            f"check that {self.url.origin} is a {kind}, and that no proxy asks for a login; or save the log by hand",
        )

    def _token_refused(self, reply: Reply, what: str) -> ReproError:
        source = self.access.token.source if self.access.token else ""
        then = f", then set {source} to it" if self.url.forge == "gitlab" else f", after: unset {source}"
        return ReproError(
            f"{self.url.host} does not know the token from {source} (401, asked for {what}){_said(reply)}",
            "forge-token-refused",
            f"it may have expired; a new one: {self._login()}" + ("" if source == "gh auth token" else then),
        )

    def _sign_in(self, reply: Reply, what: str) -> ReproError:
        return ReproError(
            f"{self.url.host} gives {what} to those who are signed in ({reply.status}), and there is no token for it"
            f"{_said(reply)}",
            "forge-sign-in",
            self._how_to_sign_in(),
        )

    def _forbidden(self, reply: Reply, what: str) -> ReproError:
        source = self.access.token.source if self.access.token else ""
        sso = re.match(r"required;\s{0,5}url=(https://\S{1,500})", reply.headers.get("x-github-sso", ""))
        if sso or "saml" in reply.message.lower():
            where = sso[1].partition("?")[0] if sso else f"{self.url.origin}/settings/tokens"
            return ReproError(
                f"the token from {source} is not authorised for the single sign-on of the organisation of "
                f"{self.url.repository} (403, asked for {what})",
                "forge-sso",
                f"authorise it at {where}",
            )
        return ReproError(
            f"the token from {source} has no right to {what} (403){_said(reply)}",
            "forge-forbidden",
            _right_needed(self.url.forge, source),
        )

    def _not_found(self, what: str) -> ReproError:
        if self.access.token is None:
            return ReproError(
                f"{self.url.host} does not find {what}, or hides it: it is asked without a token, and answers 404 for "
                "what is private",
                "forge-not-found",
                f"check the url in a browser; if it is right: {self._how_to_sign_in()}",
            )
        return ReproError(
            f"{self.url.host} does not find {what}, or the token from {self.access.token.source} may not see it (404)",
            "forge-not-found",
            "check the url in a browser; a private repository must be among those that the token may read",
        )

    def _gone(self, what: str) -> ReproError:
        return ReproError(
            f"{self.url.host} has no longer {what} (410): logs and artifacts are kept for a limited time, on GitHub "
            "for 90 days unless set otherwise",
            "forge-gone",
            f"make it fail once more: {self._again()}, or push the commit anew",
        )

    def _again(self) -> str:
        if self.url.forge == "gitlab":
            return "with the button on the job's page"
        named = f"--job {self.url.job}" if self.url.run is None else str(self.url.run)
        return f"gh run rerun {named} -R {for_gh(self.url.host, self.url.repository)} (within 30 days of the run)"

    def _unexpected(self, reply: Reply, what: str) -> ReproError:
        return ReproError(
            f"{reply.host} answers {reply.status} to the request for {what}{_said(reply)}",
            "forge-trouble",
            f"try again later; if it lasts, {BY_HAND}",
        )

    def _how_to_sign_in(self) -> str:
        if self.access.withheld:
            return self.access.withheld
        if self.url.forge == "gitlab":
            named = "" if self.url.host == "gitlab.com" else f" and GITLAB_HOST={setting_of(self.url)}"
            return f"set GITLAB_TOKEN to a token with read_api{named}"
        if self.url.host == "github.com":
            return f"{self._login()} (or set GH_TOKEN)"
        return f"{self._login()} (or set GH_ENTERPRISE_TOKEN and GH_HOST={setting_of(self.url)})"

    def _login(self) -> str:
        if self.url.forge == "gitlab":
            return f"{self.url.origin}{self.access.below}/-/user_settings/personal_access_tokens"
        return f"gh auth login --hostname {self.url.host}"


def _right_needed(forge: Forge, source: str) -> str:
    if forge == "gitlab":
        return "the token needs read_api, its owner at least the role Reporter in the project"
    if source == "GITHUB_TOKEN":
        return "in a workflow, give its job `permissions: {actions: read}`; any other token needs actions:read, or repo"
    return "a fine-grained token needs actions:read on the repository, a classic one repo; then check: gh auth status"


def _said(reply: Reply) -> str:
    return f"; it says {reply.message!r}" if reply.message else ""
