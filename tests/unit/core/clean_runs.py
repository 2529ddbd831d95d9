"""How many clean runs show that a rate lies below a bound; computed apart from the project's code, with scipy."""

# (1 - rate)^n <= 1 - confidence, for a confidence of 0.9, 0.95, 0.99 and 0.999
CLEAN_RUNS = {
    0.5: (4, 5, 7, 10),
    0.2: (11, 14, 21, 31),
    0.1: (22, 29, 44, 66),
    0.05: (45, 59, 90, 135),
    0.02: (114, 149, 228, 342),
    0.01: (230, 299, 459, 688),
    0.001: (2302, 2995, 4603, 6905),
}
