"""A text is taken apart where its letters could meet what is asked for, and nowhere else."""

from itertools import product

from comity.formats.search_terms import asked, domain_terms, folded, name_term, terms_of

SAID = (
    "Mail.Shop.Example",
    "fbl@shop.example",
    "xn--fiqs8s.example",
    "中国.example",
    "2001:DB8::1",
    "the line 198.51.100.7, port 25",
    "198.51.100.0/24",
    "::ffff:198.51.100.7",
    "Straße 优惠特价",
    "ＦＲＥＥ gift",
    "a:b:c:west",
    "2026-0042",
)
TYPED = (
    *SAID,
    "shop.example",
    "example",
    "xn--fiqs8s",
    "198.51.100.7",
    "198.51.100",
    "198.51.*",
    "2001:db8::/32",
    "strasse",
    "特价",
    "free",
    "2026",
    "west",
    "port 25 line",
    "<fbl@shop.example>",
)


def test_what_is_not_taken_apart_would_not_have_fitted() -> None:
    """Looking first whether the letters are there leaves nothing out that the terms would have found."""
    found = 0
    for typed, said in product(TYPED, SAID):
        question = asked(typed)
        fits = question.fits({*terms_of(said), *domain_terms(said), name_term(said)}, folded(said))
        assert fits <= all(need.might_stand_in(folded(said)) for need in question.needs), (typed, said)
        found += fits
    assert found > len(SAID)
