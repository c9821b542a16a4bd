-- Examples may leave when they have started, or have not: this one stays, so that more of it is seen.

if SERVICE_NAME == "examples/structured_service" then
	local skynet = require "skynet"
	function skynet.exit() end
end
