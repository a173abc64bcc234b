"""Evidence about data and models: figures, verdicts, outcomes of checks, evaluations."""
