"""What each check says beside its figures: one frozen class per check, for writer and reader."""
