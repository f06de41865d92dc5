"""Tables and columns that statements are made of."""

from __future__ import annotations

from typing import cast

from sqlalchemy import Table

from market.tables import BookRow, FillRow, OrderRow, PriceRow

# Statements of the desk's fast path are built once, on tables rather than on classes: building them
# anew took longer than running them.
ORDER_TABLE = cast("Table", OrderRow.__table__)
BOOK_TABLE = cast("Table", BookRow.__table__)
PRICE_TABLE = cast("Table", PriceRow.__table__)
ORDERS = ORDER_TABLE.columns
BOOKS = BOOK_TABLE.columns
PRICES = PRICE_TABLE.columns
FILLS = FillRow.__table__.columns
