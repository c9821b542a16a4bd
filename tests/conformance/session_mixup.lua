-- thread = 1
-- An error message fails the call that has its session number, whoever sent it.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "c" then
	skynet.start(function() skynet.dispatch("lua", function() skynet.sleep(6) skynet.retpack("answer of c") end) end)
elseif mode == "b" then
	skynet.start(function()
		skynet.dispatch_unknown_response(function(session, source, msg, sz) out("b: unknown response", skynet.unpack(msg, sz)) end)
		skynet.dispatch("lua", function(session, source, cmd, c, wanted)
			if cmd == "prepare" then
				skynet.ignoreret()
				while skynet.genid() < wanted - 1 do end
				skynet.fork(function() out("b: call of c", pcall(skynet.call, c, "lua")) end)
			elseif cmd == "slow" then skynet.sleep(3) out("b answers", skynet.retpack("for the dead")) end
		end)
	end)
elseif mode == "a" then
	skynet.start(function()
		skynet.dispatch("lua", function(_, _, b, c)
			while skynet.genid() < 99 do end
			skynet.send(b, "lua", "prepare", c, 100)
			-- this call has session 100 here, as the call of c has in b
			skynet.fork(function() out("a: answer", skynet.call(b, "lua", "slow")) end)
		end)
	end)
else
	skynet.start(function()
		local a, b, c = skynet.newservice(SERVICE_NAME, "a"), skynet.newservice(SERVICE_NAME, "b"), skynet.newservice(SERVICE_NAME, "c")
		skynet.send(a, "lua", b, c) skynet.sleep(2)
		skynet.redirect(b, a, "error", 100, "") out("an error of session 100 from anybody fails the call")
		skynet.sleep(8)
		skynet.abort()
	end)
end
