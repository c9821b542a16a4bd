-- getenv and setenv: config values as text, set once, shared by all services, odd values.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode then
	skynet.start(function() skynet.dispatch("lua", function(_, _, cmd, k, v) if cmd == "get" then skynet.retpack(skynet.getenv(k)) else skynet.retpack(pcall(skynet.setenv, k, v)) end end) end)
else
	skynet.start(function()
		local s = skynet.newservice(SERVICE_NAME, "slave")
		for _, k in ipairs { "conf_number", "conf_true", "conf_text", "conf_nosuch", "harbor", "start", "standalone", "profile" } do out(k, skynet.getenv(k), math.type(skynet.getenv(k)) or type(skynet.getenv(k))) end
		out("set", pcall(skynet.setenv, "e_new", "value")) out("get", skynet.getenv("e_new")) out("other service", skynet.call(s, "lua", "get", "e_new"))
		out("twice", pcall(skynet.setenv, "e_new", "again")) out("from the other service", skynet.call(s, "lua", "set", "e_new", "again")) out("of a config value", pcall(skynet.setenv, "conf_number", "1"))
		for k, v in pairs { e_int = 5 } do skynet.setenv(k, v) out(k, skynet.getenv(k)) end skynet.setenv("e_float", 2.0) out("float", skynet.getenv("e_float"))
		out("nil", (pcall(skynet.setenv, "e_nil", nil))) out("table", (pcall(skynet.setenv, "e_table", {}))) out("boolean", (pcall(skynet.setenv, "e_bool", true)))
		skynet.setenv("e_empty", "") out("empty", skynet.getenv("e_empty") == "") skynet.setenv("e_spaces", " a  b ") out("spaces", "[" .. skynet.getenv("e_spaces") .. "]")
		skynet.setenv("e_key more", "x") out("key with a space", skynet.getenv("e_key"), skynet.getenv("e_key more")) skynet.setenv("e_lines", "1\n2") out("lines", #skynet.getenv("e_lines")) skynet.setenv("e_zero", "a\0b") out("zero byte", #skynet.getenv("e_zero"))
		skynet.setenv("E_NEW", "upper") out("case", skynet.getenv("E_NEW"), skynet.getenv("e_new")) out("number key", skynet.getenv(12)) out("nil key", (pcall(skynet.getenv, nil)))
		skynet.setenv("e_long", ("v"):rep(5000)) out("long", #skynet.getenv("e_long"))
		skynet.abort()
	end)
end
