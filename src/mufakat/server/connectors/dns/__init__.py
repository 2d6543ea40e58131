"""The DNS: lists as zones that a primary server takes, and the probes that ask operators' resolvers."""
