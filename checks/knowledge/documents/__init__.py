"""Documents written by hand. Pure."""
