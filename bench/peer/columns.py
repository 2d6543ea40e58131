"""The peer's table of the register, told without Django: who fills it is not the peer."""

TABLE = "bench_register"
COLUMNS = ("place", "id", "kind", "sender", "recipient", "category", "outcome", "text", "body")
