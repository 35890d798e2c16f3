-- Places orders of two lines; with BENCH_STORES, of so many stores in turns, whose bodies follow each other in the file. BENCH_DELAY_MS is how long a connection rests between two of them.
local bodies = {}
for line in io.lines(os.getenv("BENCH_BODIES")) do bodies[#bodies + 1] = line end
local pause = tonumber(os.getenv("BENCH_DELAY_MS") or "0")
local run = os.getenv("BENCH_RUN")
local thread_number = 0
local n = 0
local stores = tonumber(os.getenv("BENCH_STORES") or "0")
wrk.method = "POST"
wrk.headers["Host"] = os.getenv("BENCH_HOST")
wrk.headers["Content-Type"] = "application/json"

function setup(thread)
  thread:set("number", thread_number)
  thread_number = thread_number + 1
end

-- Not defined without a pause: wrk, at times, never begins where it returns 0.
if pause > 0 then
  function delay()
    return math.random(0, 2 * pause)
  end
end

function request()
  n = n + 1
  local place = n % #bodies
  if stores > 0 then
    local store, each = (n * 7919) % stores, #bodies / stores
    wrk.headers["Host"] = "many-" .. store .. ".localhost"
    place = store * each + math.floor(n / stores) % each
  end
  wrk.headers["Idempotency-Key"] = run .. "-" .. number .. "-" .. n
  return wrk.format(nil, nil, nil, bodies[place + 1])
end
