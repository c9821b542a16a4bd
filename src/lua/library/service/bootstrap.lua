-- The first Lua service: starts the others in the order of real Skynet (so that handles agree), then
-- what the config calls `start`, and ends. One process is one node here: only `harbor = 0`.

local skynet = require "skynet.manager"

local function check_harbor()
	local harbor = skynet.getenv "harbor" or 0
	if tonumber(harbor) ~= 0 then
		skynet.error(string.format("harbor = %s: skysim simulates one node per config, set harbor = 0", harbor))
		skynet.sleep(1)	-- an abort drops what the logger has not written yet
		skynet.abort()
		return false
	end
	return true
end

skynet.start(function()
	if not check_harbor() then
		return
	end

	local launcher = assert(skynet.launch("snlua", "launcher"))
	skynet.name(".launcher", launcher)

	assert(skynet.getenv "standalone" == nil)
	skynet.setenv("standalone", "true")

	local ok, slave = pcall(skynet.newservice, "cdummy")
	if not ok then
		skynet.abort()
		return
	end
	skynet.name(".cslave", slave)
	skynet.name("DATACENTER", skynet.newservice "datacenterd")
	skynet.newservice "service_mgr"

	if skynet.getenv "enablessl" == "true" then
		require("skynet.service").new("ltls_holder", function()
			require("ltls.init.c").constructor()
		end)
	end

	-- Real Skynet would start "main"; a scenario may have nothing to start but its own services.
	local start = skynet.getenv "start"
	if start then
		pcall(skynet.newservice, start)
	end
	skynet.exit()
end)
