"""A real Home Assistant with any number of meters that have been read for ten days, and what it does with them."""
