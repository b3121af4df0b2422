"""The experiments whose results ship: what each measures, how it is run, and what it says."""
