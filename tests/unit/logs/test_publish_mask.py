"""What is published names no account, no machine and no network of those who ran the job; ordinary text stays."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from planted_secrets import ORDINARY, PLANTED

from harness.logs.publish_mask import for_publication
from harness.logs.redact import redact

ID = "123456" + "789012"
UUID = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"
MASKED = {
    "role": (f"assume arn:aws:iam::{ID}:role/ci-deploy now", "assume <arn> now"),
    "china": (f"arn:aws-cn:sns:cn-north-1:{ID}:topic", "<arn>"),
    "arn of a bucket": ("'arn:aws:s3:::my-data/*'", "'<arn>'"),
    "registry": (
        f"push {ID}.dkr.ecr.eu-west-1.amazonaws.com/app:1",
        "push <account>.dkr.ecr.eu-west-1.amazonaws.com/app:1",
    ),
    "account variable": (f"AWS_ACCOUNT_ID={ID}", "AWS_ACCOUNT_ID=<account>"),
    "account json": (f'"Account": "{ID}",', '"Account": "<account>",'),
    "project number": ("projects/123456789012/locations/global", "projects/<account>/locations/global"),
    "subscription": (f"/subscriptions/{UUID}/resourceGroups/a", "/subscriptions/<account>/resourceGroups/a"),
    "tenant": (f"AZURE_TENANT_ID: {UUID}", "AZURE_TENANT_ID: <account>"),
    "bucket": (f"cp x s3://logs-{ID}-eu/a/b.txt", "cp x s3://<bucket>/a/b.txt"),
    "bucket host": (f"https://logs-{ID}.s3.amazonaws.com/a", "https://<bucket>.s3.amazonaws.com/a"),
    "bucket path": (f"https://s3.eu-west-1.amazonaws.com/logs-{ID}/a", "https://s3.eu-west-1.amazonaws.com/<bucket>/a"),
    "bucket option": (f"--bucket tf-state-{ID} --x", "--bucket <bucket> --x"),
    "ten": ("connect to 10.1.2.3:5432 failed", "connect to <ip>:5432 failed"),
    "172": ("('172.17.0.2', 80)", "('<ip>', 80)"),
    "192": ("http://192.168.1.20/a", "http://<ip>/a"),
    "link-local": ("curl 169.254.169.254/latest", "curl <ip>/latest"),
    "network": ("subnet 10.0.0.0/8.", "subnet <ip>/8."),
    "range": ("10.0.0.1-10.0.0.9", "<ip>-10.0.0.9"),
    "ipv6": ("at [fd12:3456:789a::1]:80", "at [<ip>]:80"),
    "ipv6 link": ("fe80::1ff:fe23:4567:890a%eth0 up", "<ip> up"),
    "host url": ("https://nexus.internal/pypi", "https://<host>/pypi"),
    "host word": ("Could not resolve host: nexus.build.internal", "Could not resolve host: <host>"),
    "host port": ("db.local:5432 refused", "<host>:5432 refused"),
    "host hyphen": ("on build-7.office.local today", "on <host> today"),
    "corp": ("git.example.corp is down", "<host> is down"),
    "lan": ("ping nas.lan", "ping <host>"),
    "aws host": ("ip-10-1-2-3.eu-west-1.compute.internal: up", "<host>: up"),
    "aws host, short": ("Hostname ip-172-31-4-5", "Hostname <host>"),
    "cluster": ("http://db.prod.svc.cluster.local:80/", "http://<host>:80/"),
    "runner": ("Running on runner-abc12-project-123-concurrent-0 via x", "Running on <host> via x"),
    "mail": ("by jane@example.org", "by <email>"),
}
STAYS = (
    "127.0.0.1:8000 0.0.0.0 8.8.8.8 ::1 localhost",
    "pip 10.0.0.1 from /usr/lib",
    "foo==10.2.1.0 bar>=10.0.0.1 v10.1.2.3 version 10.1.2.3",
    "agent/10.1.2.3 pkg-10.2.1.0.tar.gz 10.2.1 110.1.2.3 10.1.2.3.4",
    "from google.protobuf.internal import decoder",
    "data = threading.local()",
    "self.local = werkzeug.local",
    "~/.local/lib/python3.11 and /home/a/.local/bin",
    "pip._internal.cli.main failed",
    "build 202601020304 took 123456789012 ns",
    "tests/test_net.py::test_private[10.0.0.1-db.corp] FAILED",
    "12:34:56 fdab: no",
    "src/net.py:10: AssertionError",
    *ORDINARY,
)


@pytest.mark.parametrize("case", MASKED)
def test_what_names_an_account_or_a_machine_is_masked_and_the_rest_stays(case: str) -> None:
    text, expected = MASKED[case]
    assert for_publication(text) == expected
    assert for_publication(expected) == expected


@pytest.mark.parametrize("text", STAYS)
def test_ordinary_text_is_published_as_it_is(text: str) -> None:
    assert for_publication(text) == text


@pytest.mark.parametrize("case", PLANTED)
def test_no_planted_secret_is_published(case: str) -> None:
    assert PLANTED[case][1] not in for_publication(PLANTED[case][0], ["correcthorse"])


def test_text_that_is_kept_at_home_still_names_its_machines() -> None:
    assert redact("10.1.2.3 nexus.corp") == "10.1.2.3 nexus.corp"


@given(
    st.lists(st.sampled_from([*(text for text, _ in MASKED.values()), *STAYS, " ", ".", ":", "\n", "token="])).map(
        "".join
    )
)
@settings(max_examples=200, deadline=None)
@example(text="PWD=/home/runner/src/ahttps://logs-123456789012.s3.amazonaws.com/aPWD=/home/runner/src/a")
def test_publishing_again_changes_nothing_and_keeps_the_lines(text: str) -> None:
    once = for_publication(text)
    assert for_publication(once) == once
    assert redact(once) == once
    assert once.count("\n") == text.count("\n")
