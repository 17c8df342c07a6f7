"""What policies ask of a case, as text, a page or JSON."""
