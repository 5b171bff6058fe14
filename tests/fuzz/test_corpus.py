"""The kept corpus, replayed: as it is, and cut and damaged at every place."""

from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
FILES = sorted(CORPUS.glob("*/*"))
PLACES = 12  # at which each input is cut, and damaged
BYTES = b'\x00\xff"\n{'  # that damage


def name(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"


@pytest.mark.parametrize("file", FILES, ids=name)
def test_an_input_that_was_trouble_once_is_none(file: Path) -> None:
    assert TARGETS[file.parent.name](file.read_bytes()) in {True, False}


@pytest.mark.parametrize("file", [file for file in FILES if file.stat().st_size < 2000], ids=name)
def test_nor_is_it_when_it_is_cut_or_damaged(file: Path) -> None:
    target, data = TARGETS[file.parent.name], file.read_bytes()
    step = max(1, len(data) // PLACES)
    for number, place in enumerate(range(0, len(data), step)):
        target(data[:place])
        target(data[:place] + BYTES[number % len(BYTES) :][:1] + data[place + 1 :])
        target(data[:place] + data[place + step :])


@pytest.mark.parametrize("target", TARGETS)
def test_each_parser_takes_a_seed_and_refuses_another(target: str) -> None:
    said = {TARGETS[target](file.read_bytes()) for file in FILES if file.parent.name == target}
    assert said == {True, False}, "else it is never asked for what it is there for"


def test_each_folder_of_the_corpus_is_replayed() -> None:
    assert {folder.name for folder in CORPUS.iterdir()} == TARGETS.keys()
