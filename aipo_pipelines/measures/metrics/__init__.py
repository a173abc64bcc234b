"""How right a model is: its answers beside the truth, and the field's metrics of them."""
