"""What a release would mean for the business, in words and money."""
