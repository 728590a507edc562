-- wrk's part: sends the prepared requests in turn, and says at its end what it got.
-- Each is numbered on its page view as it goes: what comes twice is dropped. Later runs go on above earlier ones.
local requests, at, lap = {}, 0, 0
local first = 1000000000 + os.time() % 3000000 * 1000

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  for one in file:read("*a"):gmatch("(%Z+)%z") do
    local from, to = one:find("##########", 1, true)
    requests[#requests + 1] = {one:sub(1, from - 1), one:sub(to + 1)}
  end
  file:close()
end

function request()
  at = at % #requests + 1
  if at == 1 then lap = lap + 2 end
  local one = requests[at]
  return one[1] .. string.format("%d", first + lap + (at + 1) % 2) .. one[2]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "seconds": %.6f, "connect": %d, "read": %d, "write": %d, "status": %d, "timeout": %d, "p50_us": %d, "p99_us": %d}\n',
    summary.requests, summary.duration / 1e6, e.connect, e.read, e.write, e.status, e.timeout,
    latency:percentile(50), latency:percentile(99)))
end
