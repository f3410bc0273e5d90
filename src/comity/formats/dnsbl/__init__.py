"""Lists that are asked over the DNS: entries made disjoint, written for rbldnsd, for BIND and as CSV."""
