"""What the state of a product means under its charter: read by rules, by people and by answers."""
