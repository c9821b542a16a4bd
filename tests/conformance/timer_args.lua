-- timeout and sleep with zero, negative, float, text, huge and wrong times.
local skynet = require "skynet"
require "skynet.manager"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
skynet.start(function()
	local function try(label, ti) out(label, (select(2, pcall(function() return type(skynet.timeout(ti, function() out("  fired", label) end)) end)))) end
	try("zero", 0) try("negative", -3) try("float", 1.0) try("text", "2") try("text with rest", "3x") try("text without number", "abc") try("empty text", "")
	try("2^31", 1 << 31) try("2^32", 1 << 32) try("2^32 + 4", (1 << 32) + 4) try("2^31 - 1", (1 << 31) - 1) try("2^53 float", 2.0 ^ 53) try("minus zero", -0.0) try("hex text", "0x1") try("float text", "1.9") try("text with blanks", "  5")
	out("yield", skynet.yield())
	out("sleep 8", skynet.sleep(8))
	for _, bad in ipairs { 1.5, true, {}, 2.0 ^ 63 } do
		out("timeout", type(bad), pcall(skynet.timeout, bad, function() end))
		out("sleep", type(bad), pcall(skynet.sleep, bad))
	end
	out("timeout nil", pcall(skynet.timeout, nil, function() end))
	out("sleep nil", pcall(skynet.sleep))
	out("infinite", pcall(skynet.sleep, 1 / 0))
	out("no function", pcall(function() return type(skynet.timeout(1)) end))
	out("sleep text", skynet.sleep("2"))
	out("sleep negative", skynet.sleep(-1))
	out("sleep float", skynet.sleep(2.0))
	out("sleep 2^31", skynet.sleep(1 << 31))
	local t0 = skynet.now() skynet.sleep(0) skynet.sleep(0) out("zero sleeps take no time", skynet.now() - t0 <= 1)
	skynet.timeout(0, function() out("nested") skynet.timeout(0, function() out("nested twice") end) skynet.timeout(1, function() out("one tick later") end) end)
	skynet.sleep(3)
	skynet.timeout(1, function(...) out("arguments of a timeout", select("#", ...), skynet.context()) end)
	skynet.sleep(3)
	out("left waiting", skynet.task())
	skynet.abort()
end)
