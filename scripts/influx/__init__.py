"""What the commands that speak to InfluxDB share: the connection, its errors, and which server it is."""
