"""What strangers send: addresses and files that are wrong on purpose, and what may be done with them."""
