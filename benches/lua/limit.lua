-- What bare Lua needs for a call: two coroutines and a scheduler in one VM, no messages.
local count = ...
local create, resume, yield = coroutine.create, coroutine.resume, coroutine.yield
local handlers = { ping = function(i) return i end }

local callee = create(function()
	local source, command, argument = yield()
	while true do
		source, command, argument = yield(source, handlers[command](argument))
	end
end)
resume(callee)

local caller = create(function()
	for i = 1, count do
		yield(2, "ping", i)
	end
end)

local coroutines = { caller, callee }
local _, to, command, argument = resume(caller)
while to do
	local _, back, result = resume(coroutines[to], 1, command, argument)
	_, to, command, argument = resume(coroutines[back], result)
end
