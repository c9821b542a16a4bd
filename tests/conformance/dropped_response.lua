-- thread = 1
-- An answer that is still in the mailbox of a killed service comes back as an error with its session number.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode == "c" then
	skynet.start(function() skynet.dispatch("lua", function() skynet.sleep(6) skynet.retpack("answer of c") end) end)
elseif mode == "b" then
	skynet.start(function()
		skynet.dispatch_unknown_response(function(session, source, msg, sz) out("b: unknown response", session, skynet.unpack(msg, sz)) end)
		skynet.dispatch("lua", function(session, source, c)
			while skynet.genid() < 499 do end
			skynet.fork(function() out("b: call 500 of c", pcall(skynet.call, c, "lua")) end)
			skynet.retpack()
		end)
	end)
elseif mode == "a" then
	skynet.start(function() skynet.dispatch("lua", function() out("a: never") end) end)
else
	skynet.start(function()
		local a, b, c = skynet.newservice(SERVICE_NAME, "a"), skynet.newservice(SERVICE_NAME, "b"), skynet.newservice(SERVICE_NAME, "c")
		skynet.call(b, "lua", c)
		-- stands for an answer of b to the request 500 of a
		skynet.redirect(a, b, "response", 500, skynet.pack("for a"))
		skynet.send(a, "lua", "a plain send")
		skynet.kill(a)
		out("killed with an answer in the mailbox")
		skynet.sleep(10)
		skynet.abort()
	end)
end
