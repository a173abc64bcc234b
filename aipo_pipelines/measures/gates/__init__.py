"""What a challenger must pass before it can go live."""
