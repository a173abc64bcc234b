"""The kill campaign: real work killed at random moments, again and again, and what must hold then.

`python -m chaos --rounds 100` (or `make chaos ROUNDS=100`). No part of the installed package.
"""
