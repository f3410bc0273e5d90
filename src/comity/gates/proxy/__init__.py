"""Judge mail between a mail host and the LMTP server that keeps it, for hosts that know no milter."""
