"""From a sample of a table to a drafted charter and contract: pure, no files, no clock."""
