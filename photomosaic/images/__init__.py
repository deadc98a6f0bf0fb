"""Picture files to arrays and back; the only room that opens picture files."""
