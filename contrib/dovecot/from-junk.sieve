require ["vnd.dovecot.pipe", "copy", "imapsieve", "environment", "variables"];
if environment :is "imap.mailbox" "Trash" { stop; }
if environment :matches "imap.user" "*" { set "who" "${1}"; }
if environment :matches "imap.mailbox" "*" { set "to" "${1}"; }
pipe :copy "comity-moved" ["not-junk@comity.west.example", "${who}", "${to}", ""];
