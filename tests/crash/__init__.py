"""Home Assistant killed between any two steps, and started again."""
