"""How fast the product is, each figure measured beside an alternative in the same run; `python -m bench` prints all."""
