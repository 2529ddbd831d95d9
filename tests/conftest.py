"""What the whole test suite shares."""

pytest_plugins = ["pytester"]
