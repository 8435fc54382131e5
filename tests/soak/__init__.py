"""Two days of the household with everything going wrong that can, and what must agree afterwards."""
