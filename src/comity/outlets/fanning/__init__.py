"""Many hands for one long work over an archive: processes of this machine, or many machines."""
