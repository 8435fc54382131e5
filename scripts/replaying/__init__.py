"""What the judge would have done with a history of observations."""
