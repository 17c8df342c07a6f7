"""Tests of the network: against independent enumeration, other libraries, published figures, and its own promises."""
