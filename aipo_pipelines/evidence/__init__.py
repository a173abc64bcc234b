"""What is known of data and models: figures, verdicts, outcomes of checks, evaluations."""
