-- dispatch() results, own protocols, duplicates, unknown names, types without pack or unpack, changing handlers.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local function rev(s) return s and s:reverse() end
skynet.register_protocol { name = "rev", id = 100, pack = rev, unpack = function(msg, sz) return rev(skynet.tostring(msg, sz)), sz end }
skynet.register_protocol { name = "many", id = 101, pack = function(...) return table.concat({ ... }, ",") end, unpack = function(msg, sz) local r = {} for w in skynet.tostring(msg, sz):gmatch("[^,]+") do r[#r + 1] = w end return table.unpack(r) end }
skynet.register_protocol { name = "nounpack", id = 102, pack = function() return "" end }
if mode == "slave" then
	skynet.start(function()
		skynet.dispatch("rev", function(session, source, text, sz) out("rev", text, sz) skynet.ret(("<" .. text .. ">"):reverse()) end)
		skynet.dispatch("many", function(session, source, ...) out("many", select("#", ...), ...) skynet.ret("a,b,c") end)
		skynet.dispatch("nounpack", function() out("never") end)
		skynet.dispatch("lua", function(session, _, x) out("lua", x) if session > 0 then skynet.retpack(x) end end)
	end)
else
	skynet.start(function()
		local s = skynet.newservice(SERVICE_NAME, "slave")
		out("own protocol", skynet.call(s, "rev", "hello"))
		out("many", skynet.call(s, "many", 1, "two", 3.5)) out("many empty", skynet.call(s, "many"))
		out("send", skynet.send(s, "rev", "sent"))
		for _, p in ipairs { { name = "rev", id = 103 }, { name = "new", id = 100 }, { name = "new", id = 256 }, { name = "new", id = -1 }, { name = 5, id = 104 }, { name = "new", id = "105" }, { name = "new" }, { name = "lua", id = 10 } } do out("register", p.name, p.id, pcall(skynet.register_protocol, p)) end
		out("float id", pcall(skynet.register_protocol, { name = "float", id = 106.0 }))
		local f, g = function() end, function() end
		out("dispatch returns the previous", skynet.dispatch("lua", f), skynet.dispatch("lua", g) == f, skynet.dispatch("lua") == g)
		out("unknown", skynet.dispatch("nosuch")) out("unknown with function", pcall(skynet.dispatch, "nosuch", f))
		out("by id", skynet.dispatch(10) == g) out("debug has one", type(skynet.dispatch("debug")), type(skynet.dispatch("error")), skynet.dispatch("response"))
		out("not a function", pcall(skynet.dispatch, "lua", "text"))
		skynet.fork(function() out("never: a callee without unpack does not answer", pcall(skynet.call, s, "nounpack")) end) skynet.sleep(1)
		skynet.dispatch("lua", function(_, _, n) out("handler 1", n) skynet.dispatch("lua", function(_, _, m) out("handler 2", m) end) end)
		for i = 1, 3 do skynet.send(skynet.self(), "lua", i) end
		skynet.sleep(1)
		out("SUPPORT", skynet.call(s, "debug", "SUPPORT", "rev"), skynet.call(s, "debug", "SUPPORT", "nosuch"), skynet.call(s, "debug", "SUPPORT", "response"))
		out("numeric type to call", skynet.call(s, 10, "by number"))
		skynet.abort()
	end)
end
