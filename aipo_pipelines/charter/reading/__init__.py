"""From files to typed values, and to the form in which they may be recorded."""
