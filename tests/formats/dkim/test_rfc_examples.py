"""The signed messages that the RFCs print, with the keys they print: facts that nobody here made up."""

from comity.formats.dkim import Result, keys_wanted, verify

GAME = b"""\
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.%sAre you hungry yet?

Joe.
"""

RFC_6376_A2 = (
    b"""\
DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;
      c=simple/simple; q=dns/txt; i=joe@football.example.com;
      h=Received : From : To : Subject : Date : Message-ID;
      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB
        4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut
        KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV
        4bmp/YzhwvcubU4=;
Received: from client1.football.example.com  [192.0.2.1]
      by submitserver.example.com with SUBMISSION;
      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)
"""
    + GAME % b" "
)
RFC_6376_KEYS = {
    "brisbane._domainkey.example.com": (
        "v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQ"
        "KBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYt"
        "IxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v"
        "/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhi"
        "tdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB"
    )
}

RFC_8463_A3 = (
    b"""\
DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
"""
    + GAME % b"  "
)
RFC_8463_KEYS = {
    "brisbane._domainkey.football.example.com": "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    "test._domainkey.football.example.com": (
        "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWR"
        "iGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutAC"
        "DfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3"
        "Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
    ),
}


def _every_line_end(message: bytes) -> list[bytes]:
    return [message, message.replace(b"\n", b"\r\n"), message.replace(b"\n", b"\r")]


def test_the_simple_example_of_rfc_6376_holds() -> None:
    """RFC 6376 appendix A.2 verifies with the key of appendix C, with CRLF, with LF and in an old Macintosh file."""
    for written in _every_line_end(RFC_6376_A2):
        [check] = verify(written, RFC_6376_KEYS)
        assert check.result is Result.PASS
        assert check.identity == "joe@football.example.com"
        assert check.signed_headers == ("received", "from", "to", "subject", "date", "message-id")


def test_the_two_signatures_of_rfc_8463_hold() -> None:
    """RFC 8463 appendix A.3 verifies with both keys, each of which was asked for by name."""
    for written in _every_line_end(RFC_8463_A3):
        assert [wanted.dns_name for wanted in keys_wanted(written)] == list(RFC_8463_KEYS)
        checks = verify(written, RFC_8463_KEYS)
        assert [(check.algorithm, check.result) for check in checks] == [
            ("ed25519-sha256", Result.PASS),
            ("rsa-sha256", Result.PASS),
        ]


def test_simple_form_notices_a_blank() -> None:
    """One more blank in a body in simple form is another body."""
    [check] = verify(RFC_6376_A2.replace(b"game. Are", b"game.  Are"), RFC_6376_KEYS)
    assert (check.result, check.reason, check.body_hash_ok) == (Result.FAIL, "body-hash", False)


def test_relaxed_form_does_not() -> None:
    """Relaxed form takes runs of white space for one blank."""
    checks = verify(RFC_8463_A3.replace(b"game.  Are", b"game. \t  Are"), RFC_8463_KEYS)
    assert all(check.result is Result.PASS for check in checks)
