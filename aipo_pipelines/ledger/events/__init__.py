"""What happened, as one frozen class per kind of entry: who writes and who reads import the class.

Each topic has a module with its classes and their union. A new kind of entry
is one class in the union of its topic, and a handler in `aipo_pipelines.ledger.fold.fold` if the
state of the product changes by it.
"""
