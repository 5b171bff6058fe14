"""Parsers of ours against bytes that nobody would send.

targets       what each parser is asked, and what must hold of its answer, whatever the bytes
corpus/       a folder a target: inputs that were trouble once, here or elsewhere, and seeds of the honest forms
test_corpus   replays the corpus, and each input cut and damaged at every place
search        looks for more with atheris: `python -m tests.fuzz.search TARGET --runs N`
"""
