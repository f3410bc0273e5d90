"""Small drawings for pages: a time line and a bar of shares, as inline SVG without style or script.

Answers:    ``time_line(counts, axis, ...)`` and ``shares(parts)`` give markup; the colours come
            from classes in the page's style sheet.
Limits:     drawings are hidden from screen readers; the page says the same in words beside them.
"""

from collections.abc import Sequence

from markupsafe import Markup

from comity.cases.timeline import Axis

_STEP, _HEIGHT = 6, 28


def time_line(counts: Sequence[int], axis: Axis, recent: int = 0) -> Markup:
    """One bar a step, the highest as high as the drawing; the last ``recent`` steps are marked."""
    most = max(counts, default=0) or 1
    bars = []
    for step, count in enumerate(counts):
        height = max(round(count / most * (_HEIGHT - 2), 1), 2.0) if count else 1.0
        name = "none" if not count else "now" if step >= len(counts) - recent else "bar"
        box = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"><title>{}: {}</title></rect>')
        day = axis.day_of(step).isoformat()
        bars.append(box.format(name, step * _STEP, round(_HEIGHT - height, 1), _STEP - 1, height, day, count))
    return Markup(
        '<svg class="line" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">{}</svg>'
    ).format(len(counts) * _STEP - 1, _HEIGHT, Markup("").join(bars))


def shares(parts: Sequence[tuple[str, int]]) -> Markup:
    """One bar cut in proportion: (class, amount). A part is never too thin to be seen."""
    total = sum(amount for _, amount in parts) or 1
    widths = [(name, max(amount / total * 1000, 6.0)) for name, amount in parts if amount]
    scale = 1000 / (sum(width for _, width in widths) or 1)
    position = 0.0
    boxes = []
    for name, width in widths:
        box = Markup('<rect class="{}" x="{}" y="0" width="{}" height="12"></rect>')
        boxes.append(box.format(f"share-{name}", round(position, 1), round(max(width * scale - 2, 1), 1)))
        position += width * scale
    return Markup(
        '<svg class="shares" viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true">{}</svg>'
    ).format(Markup("").join(boxes))
