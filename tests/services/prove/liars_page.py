"""The page of lies: what each liar does, what catches him, and the numbers that a play of it gives, worked out anew each time.

Answers:    ``page()``: docs/reference/liars.md. ``PYTHONPATH=src:tests python -c 'from services.prove.liars_page import page;
            print(page(), end="")'`` writes it; a test compares the two.
Limits:     plays are played with fixed seeds, so that whoever runs them gets the same numbers.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from math import ceil
from random import Random
from typing import Final, NamedTuple

from comity.feedback import washing
from comity.ledger import sampling
from comity.ledger.posting import MOST_BYTES
from comity.ledger.schema import OLDEST_SECONDS
from comity.services.prove.forwarding import Window
from comity.services.prove.leaves.checking import CLOCK_SECONDS
from comity.verdict import admission

NOW: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)
PLAYS: Final = 1000
_HEAD: Final = "west.example/to/east.example/2026q4\n1000\n"


NOT_CAUGHT: Final = (
    "**Two sides that lie together** sign whatever they like: the statement proves that both stand by it.",
    "**Steps of recourse are written by the side that gives it.** It can write an objection down late, or invent some that "
    "it grants at once, and so look quick: the numbers `recourse/answered` and `recourse/hours` are then what its ledger "
    "says, and no more. Whoever objected has our acknowledgement with its day, and the page of its reference; whoever never"
    " objected can say so.",
    "**What is free is what a side says**, within about forty days a year and before they are over. A reader sees the days "
    "in the statement.",
    "**A report that names no agreement** has no day for its answer. It stands as `undated`, in both ledgers, and nobody is"
    " late by it.",
    "**What was measured beside the ledgers** is signed by both, and proved by neither; the statement says so at each such "
    "number.",
    "**Evidence behind a listing** that stands in no case (`--also`, `--evidence`) is somebody's word. The affected sees it"
    " named as such, and can object.",
    "**A reviewer of a practice that was typed in** is our word, and told as such. Only a person of the other side whose "
    "network signed the claim is a review (`services/prove/test_reviewed_claims.py`).",
    "**Another history under a larger head, without its leaves.** Whoever signs over more leaves than we have, and gives others "
    "than those, is refused; that the two part nobody can prove who was not shown the leaves.",
    "**A side that disputes what holds** changes no number of ours: our close and its leaves prove themselves to anybody. It can "
    "refuse to sign; both digests name what it disputes.",
    "**Whoever has the file of a statement and no keys** can check all of it against keys that he was given elsewhere; keys"
    " in the same mail as the file prove nothing.",
)


class Row(NamedTuple):
    """One liar."""

    liar: str
    caught_by: str
    result: str
    tests: tuple[str, ...]


def withheld() -> tuple[float, int, int]:
    """The bound in per cent when all seeds come back, and in how many plays a peer that withholds 2 % (or nothing) is caught."""
    chance = Random(11)  # noqa: S311
    caught = sum(any(chance.random() < 0.02 for _ in range(sampling.SEEDS)) for _ in range(PLAYS))
    return 100 * sampling.withheld_bound(sampling.SEEDS, sampling.SEEDS), caught, 0


def invented() -> int:
    """In how many draws at least one of 50 forged leaves among 1,000 is opened."""
    draws = (sampling.places(_HEAD, b"%016d" % draw, size=1000) for draw in range(PLAYS))
    return sum(any(place % 20 == 7 for place in each) for each in draws)


def poisoned() -> Counter[str]:
    """What becomes of 10,000 lies of one peer, told two a campaign, and of 100 that stand alone."""
    lies = [("e", n, f"lie{n // 2}") for n in range(10_000)] + [("s", n, f"lone{n}") for n in range(100)]
    samples = [
        admission.Sample(
            name=f"{kind}{n}", reporter=f"{kind}{n}", cohort=f"{kind}{n}", peer="evil", campaign=campaign, spam=True,
            delivered=True, at=NOW - timedelta(hours=30),
        )
        for kind, n, campaign in lies
    ]  # fmt: skip
    return Counter(each.refusal or "taught" for each in admission.admit(samples, admission.Terms(), NOW))


def washed() -> tuple[str, str]:
    """The verdict on who makes complainers vanish while others go on complaining, and on who sends less spam."""
    begin = NOW - 2 * washing.WINDOW
    days = {(NOW - timedelta(days=n)).date(): 1000 for n in range(1, 85)}
    told = [washing.Complained(who=f"a{n}", at=begin + timedelta(hours=n), shown=True) for n in range(100)]
    after = [washing.Complained(who=f"b{n}", at=NOW - timedelta(hours=n + 1), shown=True) for n in range(110)]
    return (
        washing.measured([*told, *after], days, NOW).verdict.value,
        washing.measured([*told, *after[:20]], days, NOW).verdict.value,
    )


def rows() -> list[Row]:
    """Every liar, in the order of the design."""
    bound, caught, _ = withheld()
    window, poison, (washes, mends) = Window(), poisoned(), washed()
    here = "services/prove/test_liars.py"
    return [
        Row(
            "takes reports, withholds the receipt",
            "the window closes and is shown; a third witness can sign the head; by mail as over HTTPS",
            f"sending stops after {window.age.total_seconds() / 3600:.0f} hours or {window.octets >> 20} MiB",
            (
                f"{here}::test_who_withholds_receipts_gets_no_more_reports",
                f"{here}::test_a_receipt_of_somebody_else_is_none",
                "services/prove/test_exchange.py::test_the_window_closes_and_opens_again",
                "services/prove/owed/test_heads.py::test_a_head_goes_there_and_its_receipt_comes_back",
            ),
        ),
        Row(
            "denies receipt, denies sending",
            "cosigned head and inclusion proof, in one file that needs two public keys",
            "one file, nothing asked of anybody",
            (
                f"{here}::test_receipt_and_sending_are_proved_by_one_file",
                "live/test_sumdb_checks_proofs.py::test_it_says_yes_to_our_proofs",
            ),
        ),
        Row(
            "backdates",
            "the second of the cosignature; the writer's clock never goes back",
            f"{CLOCK_SECONDS} s of tolerance; older than {OLDEST_SECONDS // 86_400} days counts as late",
            (
                f"{here}::test_who_dates_back_or_ahead_is_refused",
                f"{here}::test_the_writers_clock_does_not_go_back",
                f"{here}::test_what_is_older_than_31_days_counts_as_late",
            ),
        ),
        Row(
            "rewrites, splits the view",
            "the root is computed again for every batch, by mail a consistency proof; a head never goes back",
            "refused at the first head; no leaf is stored or signed. Two heads that prove it are kept: one file, which needs one "
            "public key",
            (
                f"{here}::test_a_rewritten_history_is_refused",
                f"{here}::test_a_head_never_goes_back",
                f"{here}::test_who_signs_two_histories_is_proved_to_anybody",
                f"{here}::test_two_histories_are_proved_behind_what_both_have",
                f"{here}::test_a_ledger_that_was_set_back_stops_itself",
                "services/prove/owed/test_heads.py::test_two_heads_over_equally_many_leaves_are_proved",
                "web/peers/test_two_histories.py::test_two_histories_are_seen_told_and_shown_to_a_stranger",
                "services/prove/owed/test_heads.py::test_a_rewritten_history_is_not_cosigned",
                "services/prove/owed/test_heads.py::test_a_head_never_goes_back",
            ),
        ),
        Row(
            "withholds complaints",
            f"{sampling.SEEDS} seeded complaints: all of them come back, or some are missing",
            f"all back: at most {ceil(100 * bound) / 100:.2f} % withheld (95 %); "
            f"who withholds 2 % is caught in {caught:,} of {PLAYS:,} plays",
            (f"{here}::test_300_seeds_that_all_come_back_bound_what_is_withheld",),
        ),
        Row(
            "invents complaints",
            f"{sampling.OPENINGS} random openings to a third party, drawn after the head is fixed; our own delivery log",
            f"50 forged among 1,000: found in {invented():,} of {PLAYS:,} draws; by the log, exactly those 50",
            (
                f"{here}::test_60_openings_catch_a_peer_that_invents_one_in_twenty",
                f"{here}::test_nobody_can_choose_what_is_opened",
                f"{here}::test_complaints_that_do_not_fit_the_delivery_log_are_disputed",
            ),
        ),
        Row(
            "replays old mail",
            "an id counts once; the same signed header in other mailboxes is told from the mail that was sent",
            "the signer is not blamed, no second count",
            (
                f"{here}::test_an_id_counts_once",
                "services/complain/test_replay.py::test_in_many_mailboxes_the_signer_is_not_blamed",
                "attribution/test_replay.py::test_an_old_signature_is_likely",
            ),
        ),
        Row(
            "claims action that was not taken",
            "an outcome cites a report that was sent; a retraction what was there; no answer is overdue by itself; "
            "what was in time the other side counts again, by working days that stay as they were said, and where a close did not "
            "hold, on from its own count",
            "refused by name; what nobody answers is reminded of once, then escalated; a padded count is disputed number by number",
            (
                f"{here}::test_an_outcome_cites_a_report_that_was_sent",
                f"{here}::test_what_is_taken_back_was_there",
                "services/prove/owed/test_answers.py::test_whoever_owes_is_reminded_once_and_then_somebody_else",
                "services/prove/owed/test_answered.py::test_who_pads_is_caught_by_number",
                "services/prove/owed/test_answered.py::test_who_hides_reports_that_it_confirmed_is_caught",
                "services/prove/owed/test_free_days.py::test_who_says_so_all_the_same_is_named",
                "services/prove/owed/test_carried_lies.py::test_who_hides_what_is_open_once_is_disputed_every_day",
                "services/prove/owed/test_carried_lies.py::test_days_that_were_called_free_once_stay_disputed",
                "services/prove/owed/test_carried_lies.py::test_who_stops_to_say_it_is_disputed_for_as_long",
                "services/prove/owed/test_long_ways.py::test_who_names_the_shorter_version_that_is_over_is_refused",
                "services/prove/owed/test_forms.py::test_the_earlier_form_is_not_made_where_the_newer_one_can_be",
            ),
        ),
        Row(
            "poisons the filter",
            "never alone, capped per peer and day, quarantined, can be taken back",
            f"of 10,000 lies of one peer {poison['taught']:,} teach; of 100 that stand alone {100 - poison['lonely']}",
            (
                f"{here}::test_a_peer_that_poisons_teaches_little_and_nothing_for_good",
                "services/judge/learning/test_attacks.py::test_fifty_colluders_under_the_caps",
            ),
        ),
        Row(
            "unmasks complainers (listwashing)",
            "redaction tiers; at T1 letters that differ per recipient are the same bytes; who washes loses its tier",
            f"1,000 letters: 1 form; who washes: {washes}; who mends: {mends}",
            (
                "feedback/redaction/test_campaign.py::test_a_thousand_letters_that_differ_only_per_recipient_give_identical_bytes",
                f"{here}::test_who_washes_a_list_is_told_from_who_mends_it",
                "services/complain/test_shown_less.py::test_a_washer_loses_its_tier_and_can_object",
            ),
        ),
        Row(
            "floods",
            "the quota of the agreement, refused before anything is read; counted on both sides",
            f"429, nothing stored; a message of more than {MOST_BYTES >> 20} MiB is not read",
            (
                f"{here}::test_who_floods_is_told_before_anything_is_read",
                "services/prove/owed/test_heads.py::test_two_programs_fall_silent",
            ),
        ),
    ]


def page() -> str:
    """The whole page."""
    lines = [
        "# Liars, and what catches them",
        "",
        "Each row is played by a peer that was built to lie. Numbers are what the plays give, with fixed seeds; a test works them"
        " out again and compares this page.",
        "",
        "The ledger proves agreement, not truth. Two sides that lie together cannot be caught, and a fair exchange is bounded, "
        "not perfect.",
        "",
        "| a liar ... | caught by | result | played in `tests/` |",
        "|---|---|---|---|",
    ]
    for row in rows():
        tests = ", ".join(f"`{each}`" for each in row.tests)
        lines.append(f"| {row.liar} | {row.caught_by} | {row.result} | {tests} |")
    lines += ["", "## What is named, and not caught", "", *(f"- {each}" for each in NOT_CAUGHT)]
    return "\n".join(lines) + "\n"
