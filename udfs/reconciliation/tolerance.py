"""尾差: by how much separately rounded prints may honestly miss a relation, as a number and as a live formula.

This is the only place that knows it. What is printed lies within half a last place of the amount behind it, so the
parts and the total of a relation miss by less than half a last place for each of them; where one of the amounts may be
negative they may miss by exactly that. One print of an amount against another print of it misses by nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from udfs.base import Flags, Ints

#: A relation of so many prints holds one amount against itself.
PAIR = 2


def allowance(count: Ints, negative: Flags) -> Ints:
    """Last places that relations of `count` filled cells may miss by; `negative`: whether one of them is below zero."""
    places: Ints = np.where(count <= PAIR, 0, (count - 1 + negative) // 2)
    return places


def allowance_formula(count: str, least: str) -> str:
    """`allowance` as a formula of the formulas for the number of filled cells and for the least of them."""
    return f"IF({count}<={PAIR},0,INT(({count}-IF({least}<0,0,1))/2))"


def mixed_allowance(places: Ints) -> Ints:
    """What relations may miss by between tables of different last places; `places`: the sum of those that round."""
    return places // 2


def mixed_allowance_formula(places: Sequence[str]) -> str:
    """`mixed_allowance` as a formula, with two decimals, of the formulas for the last places of each table."""
    return f"INT(ROUND(({'+'.join(places)})*100,0)/2)/100"


def allowance_of_terms(terms: int) -> int:
    """Last places that a total may miss by against the sum of so many parts, none of them negative."""
    return int(allowance(np.array([terms + 1]), np.array([False]))[0])
