"""The details of each check, besides its figures: one frozen class per check."""
