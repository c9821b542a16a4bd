-- tostring, trash, unpack, harbor, address and callback with odd arguments.
local skynet = require "skynet"
require "skynet.manager"
local core = require "skynet.core"
local function out(...) local t = table.pack(...) for i = 1, t.n do t[i] = tostring(t[i]) end print("> " .. table.concat(t, " ")) end
-- the name of a C function in an error text is looked up in package.loaded, in no fixed order
local function try(...) local r = table.pack(pcall(...)) if not r[1] then r[2] = r[2]:gsub("to '[%w_%.]+'", "to 'F'") end return table.unpack(r, 1, r.n) end
skynet.start(function()
	local m, sz = skynet.pack(1, "two")
	out("tostring", skynet.tostring(m, sz) == skynet.packstring(1, "two"), #skynet.tostring(m, 2), skynet.tostring(m, 0) == "")
	out("trash", try(skynet.trash, m, sz))
	out("tostring nil", select("#", skynet.tostring(nil)), select("#", skynet.tostring(nil, 5)))
	out("trash string", try(skynet.trash, "text"), try(skynet.trash, "text", 4))
	out("trash nil", try(skynet.trash, nil)) out("trash number", try(skynet.trash, 5)) out("trash table", try(skynet.trash, {}, 1))
	out("trash without size", try(skynet.trash, skynet.pack(1), nil))
	out("unpack nil", select("#", skynet.unpack(nil))) out("unpack empty", select("#", skynet.unpack("")))
	out("unpack number", try(skynet.unpack, 5)) out("unpack table", try(skynet.unpack, {})) out("unpack nothing", try(skynet.unpack))
	local p, n = skynet.pack() out("pack nothing", type(p), n, select("#", skynet.unpack(p, n)))
	out("packstring nothing", #skynet.packstring())
	out("harbor", skynet.harbor(8)) out("harbor", skynet.harbor(0x01000008)) out("harbor", skynet.harbor(0xff000001)) out("harbor", try(skynet.harbor, "8")) out("harbor", try(skynet.harbor, {}))
	out("address", skynet.address(255), skynet.address(0xffffffff), skynet.address(".name"), skynet.address(true), skynet.address(8.0))
	out("address 1.5", try(skynet.address, 1.5))
	out("callback", try(core.callback)) out("callback nil", try(core.callback, nil)) out("callback string", try(core.callback, "f"))
	out("now", math.type(skynet.now()), math.type(skynet.hpc()), math.type(skynet.time()), math.type(skynet.starttime()))
	local before = skynet.now() skynet.sleep(10) out("ten ticks", skynet.now() - before >= 10, skynet.now() - before < 15)
	out("core functions", type(core.send), type(core.genid), type(core.redirect), type(core.nosuch))
	skynet.abort()
end)
