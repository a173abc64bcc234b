"""A check of plain English: docstrings, comments, messages, documents and names.

`python -m plain_english` reads everything this project writes. The rules are data, in `rules.toml`,
each with examples. `docs/contributing/style.md` explains them.
"""
