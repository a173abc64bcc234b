"""Feeds: from files and tables to batches, each with the digest of its content.

`open_feed` opens a product's feed, `discover` compares it with the batches that the ledger knows.
"""

from aipo_pipelines.resources.feeds.discovery import Look, discover
from aipo_pipelines.resources.feeds.feed import Feed, open_feed
from aipo_pipelines.resources.feeds.labels import JoinedLabels
from aipo_pipelines.resources.feeds.listing import BatchRef, Listing

__all__ = [
    "BatchRef",
    "Feed",
    "JoinedLabels",
    "Listing",
    "Look",
    "discover",
    "open_feed",
]
