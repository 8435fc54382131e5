"""The household's cameras as a web server."""
