"""How the tables of a store are carried from one version of the program to the next."""
