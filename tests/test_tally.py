"""Cells that processes count in, alone or together."""

import os
from array import array

import pytest

from facade.tally import Presence, SharedTally, Tally


def read(tally: Tally) -> list[tuple[list[float], bool]]:
    """The cells of each process, and whether it runs."""
    return [(array("d", cells).tolist(), runs) for cells, runs in tally.read()]


def test_one_process_counts_alone() -> None:
    tally = Tally()
    cells = tally.cells(3)
    cells[1] += 2
    assert read(tally) == [([0, 2, 0], False)]
    tally.runs()
    assert read(tally) == [([0, 2, 0], True)]


def test_each_process_has_cells_of_its_own_and_reads_those_of_all() -> None:
    with Presence() as presence:
        first, second = (SharedTally(presence.file, number, 3) for number in (1, 2))
        one, two = first.cells(2), second.cells(2)
        one[0] += 1
        two[1] += 0.5
        first.runs()
        second.runs()
        assert read(first) == read(second) == [([1, 0], True), ([0, 0.5], True), ([0, 0], False)]


def test_what_a_process_has_counted_stays_and_its_successor_counts_on() -> None:
    with Presence() as presence:
        killed, other, successor = (SharedTally(presence.file, number, 2) for number in (1, 2, 1))
        killed.cells(2)[0] += 7
        other.cells(2)
        killed.runs()
        other.runs()
        assert read(other) == [([7, 0], True), ([0, 0], True)]
        presence.ended(1)
        assert read(other) == [([7, 0], False), ([0, 0], True)]
        successor.cells(2)[0] += 1
        assert read(other) == [([8, 0], False), ([0, 0], True)], "it does not serve yet"
        successor.runs()
        assert read(other) == [([8, 0], True), ([0, 0], True)]


def test_the_memory_has_no_name_and_is_given_back() -> None:
    with Presence() as presence:
        status = os.fstat(presence.file)
        assert status.st_nlink == 0
        assert status.st_uid == os.getuid()
        assert not os.get_inheritable(presence.file), "only who is to count gets it"
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(presence.file)


def test_where_the_system_has_no_memory_without_a_name_it_is_a_file_without_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(os, "memfd_create", raising=False)
    with Presence() as presence:
        assert os.fstat(presence.file).st_nlink == 0
        tally = SharedTally(presence.file, 1, 1)
        tally.cells(1)[0] += 1
        assert read(tally) == [([1], False)]
