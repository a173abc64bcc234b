"""What runs read: batches, training windows, which records are known already."""
