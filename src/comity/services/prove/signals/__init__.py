"""Signals across the border: proposed and signed by one side, adopted by the other, published by whoever adopted them."""
