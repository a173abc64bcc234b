"""From files to typed values, and to what may be recorded of them."""
