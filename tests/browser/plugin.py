"""The option to renew the pictures of the documents."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshots", action="store_true", help="write what browsers show to docs/images")
