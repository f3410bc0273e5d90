"""Read automatic notices: takedown requests, copyright notices, fail2ban and honey-pot reports, block-list mails.

Trust:      input is a stranger's bytes; a notice is a claim of whoever runs the program.
Standards:  ACNS 1.2 (copyright notices), X-ARF 0.1 and 0.2 (plain fields); the rest is custom.
Answers:    ``read(message, context)``: a Reading of kind NOTICE with one report for each source named, None where it is none.
Limits:     50 reports a mail from lists, 200,000 characters of text. No source is given where two are possible.

Two layers: facts are found by the form they stand in (labels, elements, tables, brackets, the subject), whoever wrote
them; rules on top only know a notice by its marks and, for a few, where its list of addresses stands.
"""

from comity.formats.dialects.notices.reader import read

__all__ = ["read"]
