"""A web address in, bytes out; nothing but the public web is reached, and no limit is passed."""
