"""The data that runs read: batches, training windows, and the records that a model knows."""
