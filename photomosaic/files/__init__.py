"""Files as such: their names, opened if they are regular, written whole or not at all."""
