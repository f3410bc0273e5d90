"""Received lines as mail servers write them, re-made by hand, and what must be read from each."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest

from comity.formats import received
from comity.formats.received import Link

WHEN: Final = "Fri, 1 May 2026 10:00:00 +0000"

LINES: Final[list[tuple[str, str, dict[str, Any]]]] = [
    (
        "postfix",
        "from liar.example (mx7.east.example [192.0.2.7]) by mx.west.example (Postfix) with ESMTPS id "
        f"4FbQ2z1 for <lin@west.example>; {WHEN} (UTC)",
        {
            "ip": "192.0.2.7",
            "helo": "liar.example",
            "rdns": "mx7.east.example",
            "rdns_confirmed": True,
            "by": "mx.west.example",
            "protocol": "ESMTPS",
            "queue_id": "4FbQ2z1",
            "recipient": "lin@west.example",
        },
    ),
    (
        "postfix-tls-comments",
        "from mx7.east.example (mx7.east.example [IPv6:2001:db8::7]) (using TLSv1.3 with cipher "
        'TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519) (Client CN "mx7.east.example", '
        f'Issuer "CA" (verified OK)) by mx.west.example (Postfix) with ESMTPS id 4FbQ2z2; {WHEN}',
        {"ip": "2001:db8::7", "rdns": "mx7.east.example", "rdns_confirmed": True, "protocol": "ESMTPS"},
    ),
    (
        "postfix-client-port",
        f"from h.example (unknown [192.0.2.7]:50211) by mx.west.example (Postfix) with ESMTP id 1; {WHEN}",
        {"ip": "192.0.2.7", "port": 50211, "rdns": None, "rdns_confirmed": False},
    ),
    (
        "postfix-submission",
        "from [10.0.0.5] (h-2-7.line.east.example [192.0.2.7]) (Authenticated sender: lin@west.example) "
        f"by smtp.west.example (Postfix) with ESMTPSA id 2; {WHEN}",
        {"ip": "192.0.2.7", "helo": "[10.0.0.5]", "protocol": "ESMTPSA"},
    ),
    (
        "postfix-local",
        f"by mail.west.example (Postfix, from userid 501) id 3F9; {WHEN}",
        {"link": "local", "queue_id": "3F9"},
    ),
    (
        "sendmail",
        "from liar (root@mx7.east.example [192.0.2.7]) by mx.west.example (8.17.1/8.17.1) with ESMTP id "
        f"4411A0bC012345 for <lin@west.example>; {WHEN}",
        {"ip": "192.0.2.7", "rdns": "mx7.east.example", "rdns_confirmed": True, "queue_id": "4411A0bC012345"},
    ),
    (
        "sendmail-may-be-forged",
        "from mx.west.example (mx.west.example [192.0.2.7] (may be forged)) by mx.west.example "
        f"(8.17.1/8.17.1) with SMTP id 1; {WHEN}",
        {"ip": "192.0.2.7", "rdns": "mx.west.example", "rdns_confirmed": False},
    ),
    (
        "sendmail-no-name",
        f"from liar.example ([192.0.2.7]) by mx.west.example (8.17.1/8.17.1) with SMTP id 1; {WHEN}",
        {"ip": "192.0.2.7", "helo": "liar.example", "rdns": None},
    ),
    (
        "sendmail-ident-without-name",
        f"from liar.example (IDENT:root@[192.0.2.7]) by mx.west.example (8.17.1/8.17.1) with SMTP id 1; {WHEN}",
        {"ip": "192.0.2.7", "rdns": None},
    ),
    (
        "sendmail-login",
        "from pc (h9.east.example [192.0.2.9]) (authenticated bits=0) by mx.west.example (8.17.1/8.17.1) "
        f"with ESMTP id 1; {WHEN}",
        {"ip": "192.0.2.9"},
    ),
    (
        "sendmail-pipe",
        f"(from lin@localhost) by mx.west.example (8.17.1/8.17.1/Submit) id 44A; {WHEN}",
        {"link": "local"},
    ),
    (
        "sendmail-own-bounce",
        f"from localhost (localhost) by mx.west.example (8.17.1/8.17.1) id 44B; {WHEN}",
        {"link": "local"},
    ),
    (
        "sendmail-own-login",
        f"from localhost (lin@localhost) by mx.west.example (8.17.1/8.17.1) id 44B; {WHEN}",
        {"link": "local"},
    ),
    (
        "exim-name",
        "from mx7.east.example ([192.0.2.7]:41234 helo=liar) by mx.west.example with esmtps (TLS1.3) tls "
        "TLS_AES_256_GCM_SHA384 (Exim 4.97) (envelope-from <news@east.example>) id 1sAbCd-0000xY-1Z for "
        f"lin@west.example; {WHEN}",
        {
            "ip": "192.0.2.7",
            "port": 41234,
            "helo": "liar",
            "rdns": "mx7.east.example",
            "rdns_confirmed": True,
            "envelope_from": "news@east.example",
            "queue_id": "1sAbCd-0000xY-1Z",
            "recipient": "lin@west.example",
        },
    ),
    (
        "exim-no-name",
        "from [192.0.2.7] (port=41234 helo=liar.example) by mx.west.example with esmtp (Exim 4.97) "
        f"(envelope-from <>) id 1sAbCd-0000xY-1Z for lin@west.example; {WHEN}",
        {"ip": "192.0.2.7", "port": 41234, "helo": "liar.example", "rdns": None, "envelope_from": "<>"},
    ),
    (
        "exim-helo-literal",
        f"from [192.0.2.7] (helo=[198.51.100.66]) by mx.west.example with esmtp (Exim 4.97) id 1; {WHEN}",
        {"ip": "192.0.2.7", "helo": "[198.51.100.66]"},
    ),
    (
        "exim-same-name",
        f"from mx7.east.example ([2001:db8::7]) by mx.west.example with esmtps (TLS1.3) (Exim 4.97) id 1; {WHEN}",
        {"ip": "2001:db8::7", "rdns": "mx7.east.example", "rdns_confirmed": True},
    ),
    (
        "exim-local",
        f"from lin by mx.west.example with local (Exim 4.97) id 1; {WHEN}",
        {"link": "local"},
    ),
    (
        "qmail",
        "from unknown (HELO liar.example) (192.0.2.7) by mx.west.example with SMTP; 1 May 2026 10:00:00 -0000",
        {"ip": "192.0.2.7", "helo": "liar.example", "rdns": None, "protocol": "SMTP"},
    ),
    (
        "qmail-name-and-ident",
        "from mx7.east.example (HELO liar) (root@192.0.2.7) by mx.west.example with SMTP; 1 May 2026 10:00:00 -0000",
        {"ip": "192.0.2.7", "helo": "liar", "rdns": "mx7.east.example", "rdns_confirmed": False},
    ),
    (
        "qmail-queue",
        "(qmail 4711 invoked from network); 1 May 2026 10:00:00 -0000",
        {"link": "local"},
    ),
    (
        "qmail-login",
        "(qmail 4711 invoked by uid 89); 1 May 2026 10:00:00 -0000",
        {"link": "local"},
    ),
    (
        "qmail-ldap",
        "from unknown (HELO liar) ([192.0.2.7]) (envelope-sender <a@east.example>) by mx.west.example "
        "(qmail-ldap-1.03) with SMTP for <lin@west.example>; 1 May 2026 10:00:00 -0000",
        {"ip": "192.0.2.7", "helo": "liar", "envelope_from": "a@east.example"},
    ),
    (
        "qpsmtpd",
        "from mx7.east.example (HELO mx7.east.example) (192.0.2.7) by mx.west.example (qpsmtpd/0.96) "
        f"with ESMTP; {WHEN}",
        {"ip": "192.0.2.7"},
    ),
    (
        "exchange",
        "from EDGE1.east.example (192.0.2.7) by MBX2.west.example (10.1.2.3) with Microsoft SMTP Server "
        "(version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.2.1118.40 via Frontend "
        f"Transport; {WHEN}",
        {
            "ip": "192.0.2.7",
            "helo": "EDGE1.east.example",
            "rdns": None,
            "by": "MBX2.west.example",
            "protocol": "Microsoft SMTP Server",
            "queue_id": "15.2.1118.40",
        },
    ),
    (
        "exchange-ipv6",
        "from A1.prod.east.example (2001:db8:10b6:5:8f::23) by B2.prod.east.example "
        f"(2001:db8:10b6:a03::) with Microsoft SMTP Server (version=TLS1_2) id 15.20.1; {WHEN}",
        {"ip": "2001:db8:10b6:5:8f::23"},
    ),
    (
        "exchange-mapi",
        f"from MBX2.west.example ([fe80::1c2d%12]) by MBX2.west.example ([fe80::1c2d%12]) with mapi id 15.02; {WHEN}",
        {"ip": "fe80::1c2d", "protocol": "mapi"},
    ),
    (
        "microsoft-smtpsvc",
        f"from liar.example ([192.0.2.7]) by mx.west.example with Microsoft SMTPSVC(10.0.14393.4169);\t {WHEN}",
        {"ip": "192.0.2.7", "helo": "liar.example", "rdns": None, "rdns_confirmed": False},
    ),
    (
        "microsoft-rdns-failed",
        f"from liar ([192.0.2.7] RDNS failed) by mx.west.example with Microsoft SMTPSVC(6.0); {WHEN}",
        {"ip": "192.0.2.7"},
    ),
    (
        "microsoft-pickup",
        f"from mail pickup service by mx.west.example with Microsoft SMTPSVC; {WHEN}",
        {"link": "local"},
    ),
    (
        "exchange-5",
        f"by mx.west.example with Internet Mail Service (5.5.2653.19) id <3YZKK9LZ>; {WHEN}",
        {"link": "local", "queue_id": "3YZKK9LZ"},
    ),
    (
        "google",
        "from mail-x1.east.example (mail-x1.east.example. [192.0.2.41]) by mx.google.com with SMTPS id "
        f"d9sor30.3 for <lin@west.example> (Google Transport Security); {WHEN} (PDT)",
        {"ip": "192.0.2.41", "rdns": "mail-x1.east.example", "rdns_confirmed": True, "recipient": "lin@west.example"},
    ),
    (
        "google-inside",
        f"by 2002:a05:6402:1d0:b0:4bf:d2e8:882f with SMTP id v17csp2781217vqh; {WHEN} (PDT)",
        {"link": "local"},
    ),
    (
        "google-api",
        f"from 239355 named unknown by gmailapi.google.com with HTTPREST; {WHEN}",
        {"link": "local"},
    ),
    (
        "yahoo",
        f"from 127.0.0.1 (EHLO mx8.east.example) (192.0.2.8) by mta1.mail.west.example with SMTPs; {WHEN}",
        {"ip": "192.0.2.8", "helo": "mx8.east.example", "rdns": None},
    ),
    (
        "yahoo-login",
        f"from unknown (HELO ?127.0.0.1?) (lin@192.0.2.8 with plain) by smtp1.mail.west.example with SMTP; {WHEN}",
        {"ip": "192.0.2.8"},
    ),
    (
        "yahoo-web",
        f"from [192.0.2.9] by web101.mail.west.example via HTTP; {WHEN}",
        {"ip": "192.0.2.9"},
    ),
    (
        "coremail",
        f"from liar.example (unknown [192.0.2.7]) by mx12 (Coremail) with SMTP id W8CowAD3T0Xx.14567S3; {WHEN} (CST)",
        {"ip": "192.0.2.7", "by": "mx12", "queue_id": "W8CowAD3T0Xx.14567S3"},
    ),
    (
        "netease-web",
        f"from lin$west.example ( [192.0.2.9] ) by ajax-webmail-wmsvr12 (Coremail) ; {WHEN} (CST)",
        {"ip": "192.0.2.9", "helo": "lin$west.example"},
    ),
    (
        "qq",
        "from DESKTOP-1 (unknown [192.0.2.9]) by esmtp6.west.example (ESMTP) with SMTP id 0 for "
        f"<lin@west.example>; {WHEN} (CST)",
        {"ip": "192.0.2.9", "recipient": "lin@west.example"},
    ),
    (
        "qq-biz",
        f"from web1 ( [192.0.2.9]) by bizesmtp.west.example (ESMTP) with  id ; {WHEN} (CST)",
        {"ip": "192.0.2.9"},
    ),
    (
        "richmail",
        f"from liar.example (unknown[192.0.2.7]) by rmmx-app05-12005 (RichMail) with SMTP id 2ee5; {WHEN} (CST)",
        {"ip": "192.0.2.7", "helo": "liar.example"},
    ),
    (
        "aliyun",
        "from WS-web(mailfrom:news@east.example ip:192.0.2.7 fp:SMTPD_---.abc) by "
        f"smtp.west.example(10.147.44.129); {WHEN}",
        {"ip": "192.0.2.7", "by": "smtp.west.example"},
    ),
    (
        "eyou",
        f"from unknown (HELO mail.east.example) (unknown@192.0.2.7) by 198.51.100.5 with SMTP; {WHEN}",
        {"ip": "192.0.2.7", "by": "198.51.100.5"},
    ),
    (
        "eyou-program",
        f"(eyou send program); {WHEN}",
        {"link": "local"},
    ),
    (
        "sina",
        "from unknown( HELO mail.east.example)([192.0.2.7]) by west.example with ESMTP 1 May 2026 10:00:00 -0000",
        {"ip": "192.0.2.7"},
    ),
    (
        "momentum",
        "from [10.1.2.3] ([192.0.2.7:34533] helo=app1.east.example) by mta1.west.example (envelope-from "
        f"<b@east.example>) (ecelerity 4.2.38.62370 r(:)) with ESMTP id 48/E7-30937; {WHEN}",
        {"ip": "192.0.2.7", "port": 34533, "helo": "app1.east.example", "envelope_from": "b@east.example"},
    ),
    (
        "powermta",
        "from app1 (192.0.2.7) by mx7.east.example (PowerMTA(TM) v5.0) id hf6q4k2 for "
        f"<lin@west.example>; {WHEN} (envelope-from <b-1@east.example>)",
        {"ip": "192.0.2.7", "by": "mx7.east.example", "queue_id": "hf6q4k2", "envelope_from": "b-1@east.example"},
    ),
    (
        "aol",
        "from mx7.east.example (mx7.east.example [192.0.2.7]) by mtain.west.example (Internet Inbound) "
        f"with ESMTP id 7; {WHEN}",
        {"ip": "192.0.2.7"},
    ),
    (
        "lmtp-dovecot",
        f"from mx.west.example by store1.west.example with LMTP id qB4; {WHEN}",
        {"link": "local", "protocol": "LMTP"},
    ),
    (
        "lmtp-cyrus",
        f"from mx.west.example ([unix socket]) by mx.west.example (Cyrus v2.4) with LMTPA; {WHEN}",
        {"link": "local"},
    ),
    (
        "lmtp-zimbra",
        f"from mx.west.example (LHLO mx.west.example) (192.0.2.60) by mx.west.example with LMTP; {WHEN}",
        {"link": "local"},
    ),
    (
        "amavis",
        "from mx.west.example ([127.0.0.1]) by localhost (mx.west.example [127.0.0.1]) (amavisd-new, "
        f"port 10024) with ESMTP id ZnkD; {WHEN}",
        {"ip": "127.0.0.1", "by": "localhost"},
    ),
    (
        "mdaemon",
        "from liar.example [192.0.2.7] by mx.west.example [198.51.100.9] with SMTP "
        f"(MDaemon.PRO.v5.0.5.R) for <lin@west.example>; {WHEN}",
        {"ip": "192.0.2.7", "by": "mx.west.example"},
    ),
    (
        "imail",
        f"from liar.example [192.0.2.7] by mx.west.example with ESMTP (SMTPD32-7.05) id A2EAF0174; {WHEN}",
        {"ip": "192.0.2.7"},
    ),
    (
        "domino",
        "from liar.example ([192.0.2.7]) by notes.west.example (Lotus Domino Release 8.5.3) with ESMTP "
        f"id 2026050110000000-1995 ; {WHEN}",
        {"ip": "192.0.2.7", "queue_id": "2026050110000000-1995"},
    ),
    (
        "groupwise",
        f"from Dom1-Message_Server by west.example with Novell_GroupWise; {WHEN}",
        {"link": "local"},
    ),
    (
        "mercury",
        f"from liar (192.0.2.7) by mx.west.example (Mercury 1.48); {WHEN}",
        {"ip": "192.0.2.7"},
    ),
    (
        "communigate",
        f"from [192.0.2.7] (HELO liar) by mx.west.example (CommuniGate Pro SMTP 6.3) with ESMTP id 9; {WHEN}",
        {"ip": "192.0.2.7", "helo": "liar"},
    ),
    (
        "communigate-account",
        "from [192.0.2.7] (account lin HELO [10.0.0.4]) by mx.west.example (CommuniGate Pro SMTP 6.3) "
        f"with ESMTPSA id 9; {WHEN}",
        {"ip": "192.0.2.7"},
    ),
    (
        "icloud",
        "from mx7.east.example (mx7.east.example [192.0.2.7]) by smtpin013.west.example (Oracle "
        "Communications Messaging Server 8.1.0 64bit (built Sep 1 2020)) with ESMTPS id "
        f"<0QB100@west.example> for lin@west.example; {WHEN}",
        {"ip": "192.0.2.7", "by": "smtpin013.west.example", "queue_id": "0QB100@west.example"},
    ),
    (
        "amazon",
        "from mx7.east.example (mx7.east.example [192.0.2.7]) by inbound-smtp.eu1.west.example with SMTP "
        f"id 9ahb for lin@west.example; {WHEN}",
        {"ip": "192.0.2.7", "rdns_confirmed": False},
    ),
    (
        "fetchmail",
        "from pop.west.example [192.0.2.60] by localhost with POP3 (fetchmail-6.4) for <lin@localhost> "
        f"(single-drop); {WHEN}",
        {"link": "fetched"},
    ),
    (
        "fetchmail-imap",
        f"from imap.west.example [192.0.2.60] by localhost with IMAP (fetchmail-6.4); {WHEN}",
        {"link": "fetched"},
    ),
    (
        "mailmarshal",
        f"from liar.example (Not Verified[192.0.2.7]) by mx.west.example id <B43d>; {WHEN}",
        {"ip": "192.0.2.7"},
    ),
    (
        "zmailer",
        "from liar ([192.0.2.7] EHLO liar.example ident: NONE [port 59787]) by mx.west.example with "
        f"ESMTP id <2-7>; {WHEN}",
        {"ip": "192.0.2.7"},
    ),
    (
        "squirrelmail",
        f"from 192.0.2.9 (SquirrelMail authenticated user lin); by web.west.example with HTTP; {WHEN}",
        {"ip": "192.0.2.9"},
    ),
    (
        "horde",
        f"from 192.0.2.9 ([192.0.2.9]) by web.west.example (Horde Framework) with HTTP; {WHEN}",
        {"ip": "192.0.2.9"},
    ),
    (
        "smail",
        f"by mx.west.example (Smail3.2) from mx7.east.example (192.0.2.7) with smtp id <m0v-1>; {WHEN}",
        {"ip": "192.0.2.7", "by": "mx.west.example"},
    ),
    (
        "smap",
        f"from mx7.east.example(192.0.2.7) by mx.west.example via smap (V2.1) id xma019264; {WHEN}",
        {"ip": "192.0.2.7", "protocol": "smap"},
    ),
    (
        "critical-path",
        f"from 192.0.2.7 (HELO liar.example) by mx.west.example (198.51.100.9) with SMTP; {WHEN}",
        {"ip": "192.0.2.7", "helo": "liar.example"},
    ),
    (
        "dash",
        f"from liar - 192.0.2.7 by mx.west.example with Microsoft SMTPSVC; {WHEN}",
        {"ip": "192.0.2.7"},
    ),
    (
        "gmx",
        "from liar.example ([192.0.2.7]) by mx-ha.west.example (mxwest107 [198.51.100.5]) with ESMTPS "
        f"(Nemesis) id 1MydKX for <lin@west.example>; {WHEN}",
        {"ip": "192.0.2.7", "rdns": None},
    ),
    (
        "haraka",
        "from liar.example (mx7.east.example [192.0.2.7]) by mx.west.example (Haraka/3.0) with ESMTPS id "
        f"F0A1.1 envelope-from <b@east.example> tls TLS_AES_256_GCM_SHA384; {WHEN}",
        {"ip": "192.0.2.7", "rdns_confirmed": False, "envelope_from": "b@east.example"},
    ),
    (
        "no-by",
        "from liar.example (mx7.east.example [192.0.2.7])",
        {"ip": "192.0.2.7", "by": None},
    ),
    (
        "name-only",
        f"from liar.example by mx.west.example with SMTP id 1; {WHEN}",
        {"link": "claimed", "helo": "liar.example"},
    ),
    (
        "address-as-name",
        f"from 198.51.100.66 by mx.west.example with SMTP; {WHEN}",
        {"link": "claimed", "ip": None},
    ),
    (
        "literal-as-name",
        f"from [198.51.100.66] by mx.west.example with SMTP; {WHEN}",
        {"link": "claimed", "ip": None},
    ),
    (
        "redacted",
        f"from liar (mx7.east.example [XX.YY.ZZ.7]) by mx.west.example (Postfix) with SMTP id 1; {WHEN}",
        {"link": "claimed", "ip": None},
    ),
    (
        "empty",
        "",
        {"link": "unreadable"},
    ),
]

# The other side chose HELO, ident, certificate or envelope; [198.51.100.66] is the innocent whom it names.
FORGED: Final[list[tuple[str, str, str | None]]] = [
    (
        "helo-is-literal",
        "from [198.51.100.66] (liar [192.0.2.7]) by mx.west.example (Postfix) with SMTP id 1; x",
        "192.0.2.7",
    ),
    (
        "helo-has-comment",
        "from x (h.example [198.51.100.66]) (liar.example [192.0.2.7]) by mx.west.example "
        "(8.17.1/8.17.1) with SMTP id 1; x",
        "192.0.2.7",
    ),
    (
        "helo-has-clause",
        "from x (h.example [198.51.100.66]) by mx.west.example with SMTP id 2 (liar [192.0.2.7]) by "
        "mx.west.example (Postfix) with SMTP id 1; x",
        None,
    ),
    (
        "helo-has-date",
        "from x (h.example [198.51.100.66]) by mx.west.example; 1 May 2026 (liar [192.0.2.7]) by "
        "mx.west.example with SMTP; x",
        None,
    ),
    (
        "helo-opens-bracket",
        "from x( (liar [192.0.2.7]) by mx.west.example (Postfix) with SMTP id 1; x",
        "192.0.2.7",
    ),
    (
        "helo-opens-two",
        "from x (y [198.51.100.66]) by z (( (liar [192.0.2.7]) by mx.west.example (Postfix) with SMTP id 1; x",
        "192.0.2.7",
    ),
    (
        "helo-closes-bracket",
        "from x) ([198.51.100.66]) y (liar [192.0.2.7]) by mx.west.example (Postfix) with SMTP id 1; x",
        "192.0.2.7",
    ),
    (
        "qmail-helo",
        "from unknown (HELO [198.51.100.66]) (192.0.2.7) by mx.west.example with SMTP; x",
        "192.0.2.7",
    ),
    (
        "qmail-ident",
        "from unknown (HELO x) (198.51.100.66@192.0.2.7) by mx.west.example with SMTP; x",
        "192.0.2.7",
    ),
    (
        "exim-helo",
        "from [192.0.2.7] (helo=[198.51.100.66]) by mx.west.example with esmtp (Exim 4.97) id 1; x",
        "192.0.2.7",
    ),
    (
        "exim-ident",
        "from mx7.east.example ([192.0.2.7] helo=x ident=[198.51.100.66]) by mx.west.example with esmtp "
        "(Exim 4.97) id 1; x",
        "192.0.2.7",
    ),
    (
        "sendmail-ident",
        "from x ([198.51.100.66]@mx7.east.example [192.0.2.7]) by mx.west.example (8.17.1/8.17.1) id 1; x",
        "192.0.2.7",
    ),
    (
        "sendmail-ident-words",
        "from x (a [198.51.100.66] b@mx7.east.example [192.0.2.7]) by mx.west.example (8.17.1/8.17.1) id 1; x",
        "192.0.2.7",
    ),
    (
        "certificate",
        'from x (liar [192.0.2.7]) (using TLSv1.3 with cipher Y) (Client CN "a") ([198.51.100.66]) (b", '
        'Issuer "c" (not verified)) by mx.west.example (Postfix) with ESMTPS id 1; x',
        None,
    ),
    (
        "login",
        "from x (liar [192.0.2.7]) (Authenticated sender: [198.51.100.66]) by mx.west.example (Postfix) "
        "with ESMTPSA id 1; x",
        "192.0.2.7",
    ),
    (
        "envelope",
        'from unknown (HELO x) (192.0.2.7) (envelope-sender <"a) ([198.51.100.66]) (b"@c.example>) by '
        "mx.west.example (qmail-ldap-1.03) with SMTP; x",
        None,
    ),
    (
        "envelope-claims-fetch",
        'from x (liar [192.0.2.7]) by mx.west.example with esmtp (envelope-from <"a with POP3"@c.example>) id 1; x',
        "192.0.2.7",
    ),
    (
        "recipient",
        'from x (liar [192.0.2.7]) by mx.west.example with SMTP id 1 for <"a ([198.51.100.66]) by b"@west.example>; x',
        None,
    ),
    (
        "web-client",
        "from [192.0.2.7] (Forwarded-For: [198.51.100.66]) by web.west.example (mshttpd); x",
        "192.0.2.7",
    ),
    (
        "aliyun-envelope",
        'from x(mailfrom:"a ip:198.51.100.66 fp:y"@c.example ip:192.0.2.7 fp:SMTPD_---.abc) by '
        "smtp.west.example(10.1.1.1); x",
        "192.0.2.7",
    ),
]


@pytest.mark.parametrize(("line", "expected"), [row[1:] for row in LINES], ids=[row[0] for row in LINES])
def test_every_make_of_server_is_read(line: str, expected: dict[str, Any]) -> None:
    """The address that the server saw is read from the place where this make of server writes it."""
    hop = received.parse(line)
    assert {name: getattr(hop, name) for name in expected} == expected
    assert (hop.ip is not None) == (hop.link is Link.PEER)


@pytest.mark.parametrize(("line", "seen"), [row[1:] for row in FORGED], ids=[row[0] for row in FORGED])
def test_what_the_other_side_says_never_becomes_the_address(line: str, seen: str | None) -> None:
    """A forged HELO, ident, certificate or envelope names nobody: the server's own word is taken, or none."""
    assert received.parse(line).ip == seen


def test_a_login_without_a_name_before_the_address_is_no_name() -> None:
    """In brackets a word that ends with "@" leaves nothing in front of the address to begin with a letter."""
    hop = received.parse(f"from h.example (x@ 192.0.2.7) by mx.west.example with SMTP; {WHEN}")
    assert (hop.ip, hop.helo) == (None, "h.example")


@pytest.mark.parametrize("fold", [" ", "\t", "   ", "\r\n\t"])
def test_white_space_does_not_matter(fold: str) -> None:
    """Lines folded anywhere between words are read alike."""
    for _, line, expected in LINES:
        hop = received.parse(line.replace(" (", fold + "(").replace(" by ", f"{fold}by "))
        assert hop.ip == expected.get("ip", hop.ip)


def test_the_date_is_aware_utc() -> None:
    """The time of arrival stands behind the last semicolon and is told in UTC."""
    hop = received.parse(
        "from a (b.example [192.0.2.1]) by c.example with SMTP id 1; Fri, 1 May 2026 18:00:00 +0800 (CST)"
    )
    assert hop.date == datetime(2026, 5, 1, 10, tzinfo=UTC)
