"""What each asset says with its materialisation: one frozen class per asset."""
