"""What happened, as one frozen class per kind of entry. Writers and readers import the class.

Each topic has a module with its classes and their union. A new kind of entry
is one class in the union of its topic. If it changes the state of the product, it also has a
handler in `aipo_pipelines.ledger.fold.fold`.
"""
