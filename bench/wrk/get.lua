-- GETs one path for the store that BENCH_HOST names. With BENCH_STORES, of so many stores one after the other; with
-- BENCH_VARY, each time with a parameter of another value, so that no answer is one that was kept.
wrk.headers["Host"] = os.getenv("BENCH_HOST")
local stores = tonumber(os.getenv("BENCH_STORES") or "0")
local vary = os.getenv("BENCH_VARY")
local n = math.random(0, 1000000)

if stores > 0 or vary then
  function request()
    n = n + 1
    if stores > 0 then wrk.headers["Host"] = "many-" .. (n * 7919) % stores .. ".localhost" end
    return wrk.format(nil, vary and wrk.path .. vary .. n % 100000 or wrk.path)
  end
end
