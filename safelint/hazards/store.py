"""The session store: what empties it, or loses it at the next restart."""
