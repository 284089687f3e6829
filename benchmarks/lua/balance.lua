-- GET by a random caller; arguments: the file of keys.
dofile("result.lua")

function init(args)
   keys = lines(args[1])
   math.randomseed(os.time())
end

function request()
   return wrk.format("GET", nil, { Authorization = "Bearer " .. keys[math.random(#keys)] })
end
