"""How far a batch has moved from the champion's reference."""
