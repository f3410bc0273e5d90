"""Pages for subscribers: public ones, the check of a notice, a page of one's own, the page of a captive portal."""
