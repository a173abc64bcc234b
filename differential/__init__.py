"""The same contracts and tables through `datacontract-cli` and through ours, verdict by verdict.

`python -m differential` (or `make differential`). No part of the installed package. Random
contracts of the Open Data Contract Standard, small tables with values exactly at the limits; a
plain reading of the standard says who is right. Every difference is one that
`docs/reference/contract.md` lists, or the run fails. The other program lives in an environment of
its own, in a folder for caches.
"""
