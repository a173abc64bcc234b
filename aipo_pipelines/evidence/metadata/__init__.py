"""The metadata of each asset's materialisation: one frozen class per asset."""
