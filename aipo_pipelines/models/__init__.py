"""Models as plain functions: from the training specification to fitted estimators and scores."""
