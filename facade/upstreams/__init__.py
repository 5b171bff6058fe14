"""The three upstream APIs and the Token API, behind one adapter (`rest.py`). Knows REST, and neither face."""
