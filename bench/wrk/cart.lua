-- Adds one item to one of many guest carts.
local variants = {}
for id in string.gmatch(os.getenv("BENCH_VARIANTS"), "[^,]+") do variants[#variants + 1] = id end
local n = 0
wrk.method = "POST"
wrk.headers["Host"] = os.getenv("BENCH_HOST")
wrk.headers["Content-Type"] = "application/json"

function request()
  n = n + 1
  local cart = string.format("00000000-0000-4000-8000-%012d", n % 2000)
  wrk.headers["Cart-Id"] = cart
  return wrk.format(nil, nil, nil, '{"variant_id":"' .. variants[n % #variants + 1] .. '","quantity":1}')
end
