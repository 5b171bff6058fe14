"""Looks for trouble with atheris, from the corpus on: `python -m tests.fuzz.search TARGET [--runs N] [--seconds N]`.

Needs atheris, which is not among what tests need. What it finds is written to the current directory, as libFuzzer does
it (`crash-…`); it belongs into the corpus once the parser is mended. New inputs that reach more code are not kept.
"""

import argparse
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris

with atheris.instrument_imports(include=["facade"]):
    from tests.fuzz.targets import LARGEST, TARGETS

CORPUS = Path(__file__).parent / "corpus"


def main() -> None:
    """Searches; ends the process, with a status other than 0 if something was found."""
    parser = argparse.ArgumentParser(description="Looks for inputs that are trouble for a parser.")
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=600)
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        seeds = shutil.copytree(CORPUS / asked.target, Path(folder) / "seeds")
        options = [f"-runs={asked.runs}", f"-max_total_time={asked.seconds}", f"-max_len={LARGEST}", "-timeout=60"]
        target = TARGETS[asked.target]

        def once(data: bytes) -> None:
            target(data)

        atheris.Setup([sys.argv[0], *options, str(seeds)], once)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
