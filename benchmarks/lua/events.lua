-- POST signed events, each line of a file once, or its only line over and over; arguments: the file. A line is the
-- signature, a tab and the body.
dofile("result.lua")

local count = 0

function init(args)
   events = lines(args[1])
end

function request()
   count = count + 1
   if count > #events and #events > 1 then
      error("There are too few events for a turn.")
   end
   local signature, body = events[math.min(count, #events)]:match("([^\t]+)\t(.*)")
   return wrk.format("POST", nil, { ["Stripe-Signature"] = signature, ["Content-Type"] = "application/json" }, body)
end
