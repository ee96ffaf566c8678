"""The load: keep-alive connections, a closed loop, rounds side by side."""
