"""Commands by which the program is run and looked after."""
