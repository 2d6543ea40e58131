-- One notice per request: a key that was never used, and a message that was never pointed at.
-- wrk [...] -s submit.lua URL -- TOKEN RUN BODY_FILE

local threads = {}

function setup(thread)
   thread:set("number", #threads + 1)
   table.insert(threads, thread)
end

function init(args)
   token, run = args[1], args[2]
   local file = assert(io.open(args[3], "rb"))
   local body = file:read("*a")
   file:close()
   local place = "examplechannel/"
   local _, finish = body:find(place, 1, true)
   assert(finish, "the body has no place for a number")
   before, after = body:sub(1, finish), body:sub(finish + 2)
   sent, taken, refused, last = 0, 0, 0, ""
   headers = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. token }
end

function request()
   sent = sent + 1
   headers["Idempotency-Key"] = run .. "-" .. number .. "-" .. sent
   return wrk.format("POST", "/api/v1/notices", headers, before .. sent .. after)
end

-- An answer counts when the notice was taken and the signed receipt is in it.
function response(status, _, body)
   if status == 201 and body:find("mufakat/custody/v1", 1, true) then
      taken = taken + 1
   else
      refused = refused + 1
      last = status
   end
end

function done(summary, latency, _)
   local taken, refused, last = 0, 0, ""
   for _, thread in ipairs(threads) do
      taken = taken + thread:get("taken")
      refused = refused + thread:get("refused")
      last = thread:get("last")
   end
   local errors = summary.errors
   io.write(string.format(
      '{"taken": %d, "refused": %d, "last": "%s", "broken": %d, "late": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f}\n',
      taken, refused, tostring(last), errors.connect + errors.read + errors.write, errors.timeout,
      summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3
   ))
end
