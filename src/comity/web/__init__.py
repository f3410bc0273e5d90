"""What people see in a browser. Pages are made of typed view models; templates escape everything."""
