"""What is allowed: words, states, permissions, admissibility, profiles and clocks. Pure."""
