"""A simulated house whose meter is misread: demand, misreadings, and those who have to judge them."""
