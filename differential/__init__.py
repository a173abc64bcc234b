"""The same contracts and tables through `datacontract-cli` and this package, verdict by verdict.

`python -m differential` (or `make differential`). No part of the installed package. Random
contracts of the Open Data Contract Standard meet small tables with values exactly at the limits. A
plain reading of the standard says which program is right. The run fails if it finds a difference
that `docs/reference/contract.md` does not list. The other program has its own environment, in a
folder for caches.
"""
