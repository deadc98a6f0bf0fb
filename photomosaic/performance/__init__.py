"""How long mosaics take, measured on the code that makes them."""
