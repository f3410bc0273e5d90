"""For how long what is kept: erasing on time with a proof, and legal holds."""
