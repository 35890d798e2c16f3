-- GETs one path for the store that BENCH_HOST names.
wrk.headers["Host"] = os.getenv("BENCH_HOST")
