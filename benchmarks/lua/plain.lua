-- GET the address itself.
dofile("result.lua")
