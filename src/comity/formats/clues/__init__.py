"""What can be found in free text: addresses, times, links, names; each with the place it stands at.

Trust:      text and values are a stranger's; a clue is a suggestion for a person, never acted on alone.
Answers:    ``levelled.level`` makes text searchable, ``addresses.find``, ``times.find`` and ``names.find`` search it.
Limits:     the caller caps the text; each finder gives at most 200 clues.
"""
