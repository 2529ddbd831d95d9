"""pytest-repro: repeat tests, measure failure rates with intervals, replay failures exactly."""

__version__ = "0.1.0"
__all__ = ["__version__"]
