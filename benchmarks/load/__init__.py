"""Load generators: keep-alive connections, a closed loop, an open loop, rounds of measurements side by side."""
