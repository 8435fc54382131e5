"""Makes on a server what Meter Vision writes to: buckets with their retention, and who may write and read."""
