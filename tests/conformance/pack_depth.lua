-- How deep tables may nest, with and without contents, and through __pairs.
local skynet = require "skynet"
require "skynet.manager"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
local function nest(n, inner) local t = inner for _ = 1, n do t = { t } end return t end
local function nestkey(n, inner) local t = inner for _ = 1, n do t = { k = t } end return t end
local function depth(t) local n = 0 while type(t) == "table" do n = n + 1 t = t[1] or t.k end return n, t end
skynet.start(function()
	for _, n in ipairs { 30, 31, 32, 33, 34, 100 } do
		local ok, s = pcall(skynet.packstring, nest(n, 1))
		out("arrays", n, ok, ok and #s or s) if ok then out("  back", depth(skynet.unpack(s))) end
		ok, s = pcall(skynet.packstring, nestkey(n, "v"))
		out("keys", n, ok, ok and #s or s) if ok then out("  back", depth(skynet.unpack(s))) end
		ok, s = pcall(skynet.packstring, nest(n - 1, {}))
		out("empty innermost", n, ok, ok and #s or s)
		ok, s = pcall(skynet.packstring, nest(n, false))
		out("false innermost", n, ok, ok and #s or s)
	end
	local function viapairs(n) return setmetatable({}, { __pairs = function() local done return function() if not done then done = true return "k", n > 1 and viapairs(n - 1) or "end" end end end }) end
	for _, n in ipairs { 31, 32, 33 } do local ok, s = pcall(skynet.packstring, viapairs(n)) out("__pairs", n, ok, ok and depth(skynet.unpack(s)) or s) end
	out("two deep values", #skynet.packstring(nest(32, 1), nest(32, 1)))
	out("after errors", skynet.unpack(skynet.packstring("fine")))
	local raw = string.char(0x0e):rep(200) .. "\0" .. ("\0"):rep(200)
	out("unpack has no limit of depth", depth(skynet.unpack(raw)))
	skynet.abort()
end)
