"""Whom registries and our operator name for abuse in a network: taken in, confirmed by a person, probed, given up."""
