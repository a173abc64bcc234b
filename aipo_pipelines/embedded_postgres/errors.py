"""What can go wrong with the embedded server.

The classes say what kind of remedy helps; the program that uses this room knows how its users
choose another folder or another server, and adds that to the message.
"""

from __future__ import annotations


class ServerError(Exception):
    """The server could not be initialised, started or stopped."""


class ProgramsError(ServerError):
    """The programs of Postgres cannot be run here: another server would help."""


class FolderError(ServerError):
    """The server's folder cannot hold what the server needs: another folder would help."""


class FileError(ServerError):
    """This account may not use a file of the server: another folder or owner would help."""
