"""Stand-ins for the outside world: a household with three meters, their cameras, and a reader of pictures."""
