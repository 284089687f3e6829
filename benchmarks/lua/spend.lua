-- POST a spend by a random caller, each with an idempotency key of its own; arguments: the file of keys, the word
-- before a key in the Authorization header, and what this turn's idempotency keys begin with.
dofile("result.lua")

local body = '{"action": "import_domain", "metadata": {"domain": "ocean-dreams.com"}}'
local count = 0

function init(args)
   keys, scheme, turn = lines(args[1]), args[2], args[3]
   math.randomseed(os.time())
end

function request()
   count = count + 1
   return wrk.format("POST", nil, {
      ["Authorization"] = scheme .. " " .. keys[math.random(#keys)],
      ["Content-Type"] = "application/json",
      ["Idempotency-Key"] = turn .. "-" .. count,
   }, body)
end
