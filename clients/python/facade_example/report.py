"""What was called and what came of it: a line each, and their number at the end."""


class Report:
    """Prints, and counts."""

    def __init__(self) -> None:
        self._operations: set[str] = set()
        self._errors = 0

    def ok(self, operation: str) -> None:
        """An operation that answered as it must."""
        self._operations.add(operation)
        print(f"ok {operation}")

    def error(self, code: str, reason: str) -> None:
        """An error that came as it must."""
        self._errors += 1
        print(f"error {code} {reason or '-'}")

    def close(self) -> None:
        """The last line."""
        print(f"python: {len(self._operations)} operations, {self._errors} errors")


def expect(found: object, wanted: object) -> None:
    """Ends the example if an answer is not what it must be."""
    if found != wanted:
        raise AssertionError(f"found {found!r} instead of {wanted!r}")
