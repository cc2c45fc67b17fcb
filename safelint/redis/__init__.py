"""Redis and Valkey as they really behave: how a configuration is read, whether the server starts, who may run what.

Pure functions on text, with no file and no network. What is said here was measured on Redis 6.2.14, 7.0.15, 7.4.1,
8.2.3 and Valkey 9.1.2, and the tests compare it with the measurements and with living servers.
"""
