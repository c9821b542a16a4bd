-- Handlers, pack functions and protocols that change while messages are on their way and handlers wait.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = (tostring(t[i]):gsub("\n.*", " ..")) end print("> " .. table.concat(t, " ")) end
if mode then
	skynet.start(function()
		local second
		local function first(session, source, cmd, ...)
			if cmd == "swap" then local before = skynet.dispatch("lua", second) skynet.sleep(2) skynet.retpack("first, swapped", before == first) elseif cmd == "none" then skynet._proto.lua.dispatch = nil skynet.timeout(3, function() skynet.dispatch("lua", first) end) skynet.retpack "none" elseif cmd == "pack" then skynet._proto.lua.pack = function(...) return skynet.pack("packed", ...) end skynet.retpack(1) out("own call", pcall(skynet.call, skynet.self(), "lua", "x"))
			elseif cmd == "unpack" then skynet._proto.lua.unpack = function(msg, sz) return "unpacked", skynet.unpack(msg, sz) end skynet.retpack(2) elseif cmd == "drop" then local p = skynet._proto p.lua, p[10] = nil, nil skynet.timeout(2, function() p.lua, p[10] = nil, nil skynet.register_protocol { name = "lua", id = 10, pack = skynet.pack, unpack = skynet.unpack, dispatch = first } end) skynet.retpack "dropped" elseif cmd == "rename" then skynet._proto.other = skynet._proto.lua skynet.retpack(pcall(skynet.call, skynet.self(), "other", "x")) elseif cmd == "id" then skynet._proto.lua.id = 60 skynet.timeout(2, function() skynet._proto.lua.id = 10 end) skynet.retpack(pcall(skynet.call, skynet.self(), "lua", "x"))
			else skynet.retpack("first", cmd, ...) end
		end
		function second(_, _, cmd, ...) if cmd == "back" then skynet.dispatch("lua", first) end skynet.retpack("second", cmd, ...) end
		skynet.dispatch("lua", first)
	end)
else
	skynet.start(function()
		local s = skynet.newservice(SERVICE_NAME, "slave")
		local function call(...) out((...), pcall(skynet.call, s, "lua", ...)) end
		skynet.fork(call, "swap") skynet.fork(call, "a") skynet.fork(call, "b", nil, 2) skynet.sleep(4) call "back" call "c"
		call "none" skynet.fork(call, "while none") skynet.send(s, "lua", "sent while none") skynet.sleep(5) call "d"
		call "drop" skynet.fork(call, "while dropped") skynet.send(s, "lua", "sent while dropped") skynet.sleep(5) call "e"
		call "rename" call "id" skynet.sleep(4) call "f" call "pack" skynet.sleep(1) call "unpack" skynet.sleep(1) call "g" skynet.sleep(1)
		s = skynet.newservice(SERVICE_NAME, "slave") skynet.rawsend(s, "lua", skynet.packstring("raw")) skynet.redirect(s, skynet.self(), "lua", 0, skynet.packstring "redirected") out("raw type", pcall(skynet.redirect, s, skynet.self(), "client", 0, "x"))
		require "skynet.core".send(s, 99, 0, "nobody") out("call type 98", (pcall(function() skynet.register_protocol { name = "t98", id = 98, pack = skynet.pack, unpack = skynet.unpack } return skynet.call(s, "t98") end))) skynet.sleep(1)
		for _, class in ipairs { {}, { name = "x" }, { id = 50 }, { name = 5, id = 50 }, { name = "x", id = 256 }, { name = "x", id = -1 }, { name = "x", id = "50" }, { name = "lua", id = 51 }, { name = "y", id = 10 }, { name = "z", id = 52.0 }, { name = "half", id = 52.5 } } do out("register", class.name, class.id, pcall(skynet.register_protocol, class)) end
		out("float id", pcall(skynet.send, skynet.self(), "half", 1)) out("no pack", pcall(skynet.send, skynet.self(), "z", 1)) out("response", pcall(skynet.send, skynet.self(), "response", 1)) out("error", pcall(skynet.send, skynet.self(), "error", 1)) out("call response", pcall(skynet.call, skynet.self(), "response", 1))
		skynet.sleep(1) skynet.abort()
	end)
end
