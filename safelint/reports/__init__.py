"""Reports: findings to text. They only print. One module a format, found by its name."""
