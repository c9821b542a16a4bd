-- Answers with what it got; "dump" with bytecode of its own.
local skynet = require "skynet"
skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		if command == "dump" then
			local secret = 42
			skynet.retpack(string.dump(function(x) return x + 1 end), secret)
		elseif command == "never" then
			skynet.ignoreret()
		elseif command == "sleep" then
			skynet.sleep(...)
			skynet.retpack("slept")
		elseif command == "fail" then
			error("as asked")
		else
			skynet.retpack(command, ...)
		end
	end)
end)
