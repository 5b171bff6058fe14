"""What the facade talks about: frozen dataclasses without any protocol or library in them."""
