-- What every script ends with: requests, microseconds, p50 in microseconds, lost requests, refused requests.
function done(summary, latency, requests)
   local errors = summary.errors
   local lost = errors.connect + errors.read + errors.write + errors.timeout
   io.write(string.format("RESULT %d %d %.1f %d %d\n",
      summary.requests, summary.duration, latency:percentile(50), lost, errors.status))
end

function lines(name)
   local found = {}
   for line in io.lines(name) do found[#found + 1] = line end
   return found
end
