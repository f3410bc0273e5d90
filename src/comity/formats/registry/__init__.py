"""What registries and tables say of whom to tell about abuse in a network: dumps of RIPE and APNIC, the operator's own table."""
