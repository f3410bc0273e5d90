require ["vnd.dovecot.pipe", "copy", "imapsieve", "environment", "variables", "imap4flags"];
if environment :matches "imap.user" "*" { set "who" "${1}"; }
if environment :matches "imap.mailbox" "*" { set "to" "${1}"; }
set "keywords" "";
if hasflag ["$Junk", "Junk", "JunkRecorded"] { set "keywords" "$Junk"; }
pipe :copy "comity-moved" ["junk@comity.west.example", "${who}", "${to}", "${keywords}"];
