"""Who sits at the desk and what each role may do; the limits of requests, and the headers of answers."""
