"""What every run does: tags, its lock, errors without data of anybody."""
