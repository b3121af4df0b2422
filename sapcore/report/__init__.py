"""A run put together for people: its tables, verdicts, costs and recipe, and all of it as one HTML file."""
