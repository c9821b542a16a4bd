-- What becomes of the arguments of newservice and launch.
local skynet = require "skynet"
require "skynet.manager"
local mode = ...
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
if mode then
	local args = table.pack(...)
	for i = 1, args.n do args[i] = type(args[i]) .. "[" .. args[i] .. "]" end
	skynet.start(function() skynet.dispatch("lua", function() skynet.retpack(args.n, table.unpack(args, 1, args.n)) end) end)
else
	skynet.start(function()
		local function try(...) local ok, s = pcall(skynet.newservice, SERVICE_NAME, "x", ...) if ok then out(select("#", ...), "->", skynet.call(s, "lua")) skynet.kill(s) else out("fails", s) end end
		try() try("one") try("one", "two") try(1, 2.5, 3.0, -0.0, 1e16, 2 ^ 53, math.mininteger, 0x10) try("two words") try("  spaces   around  ") try("tab\tinside") try("") try("", "after empty")
		try("line\nbreak", "cut") try("carriage\rreturn", "cut") try("zero\0byte", "cut") try(nil) try("a", nil) try(nil, "b") try(true) try({}) try(print)
		try("\"quoted words\"") try("utf8 \u{e9}") try(("long"):rep(500)) try(table.unpack({ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 })) try("a;b,c=d") try("%s %d")
		out("name with arguments", skynet.call(skynet.newservice(SERVICE_NAME .. " x inline words"), "lua"))
		local h = skynet.launch("snlua", SERVICE_NAME .. " x by launch", 7) skynet.sleep(1) out("launch", skynet.call(h, "lua"))
		out("bad names", pcall(skynet.newservice, nil)) out("", pcall(skynet.newservice, "")) out("", pcall(skynet.newservice, 12)) out("", pcall(skynet.newservice, "../nosuch")) out("", (pcall(skynet.newservice)))
		skynet.abort()
	end)
end
