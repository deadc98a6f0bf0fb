"""What each script does: typed options in, a frozen result out, nothing printed."""
