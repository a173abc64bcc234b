"""A Postgres server that a program brings along: made, started and stopped without an installation.

This room knows nothing of the program that uses it and imports nothing of it: the folder and the
name of the installation are handed in, and its errors are its own.
"""
