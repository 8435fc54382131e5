"""What somebody who means harm could send, and that it does none."""
