"""Benchmarks: what this package costs beside a bare program that calls the same libraries.

Every case measures both sides in the same run, in alternating order, and gives the ratio of the
medians: it stays meaningful on another machine, where the seconds do not. Run by `make bench`.
"""
