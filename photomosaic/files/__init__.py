"""Files as such, whatever they hold: opened only if they are regular files."""
