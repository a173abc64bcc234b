"""Data categories, how they cover one another, and who permits their use."""
