-- An example that leaves when it has started stays, so that more of it is seen.

if SERVICE_NAME == "chat_room_service" then
	local skynet = require "skynet"
	function skynet.exit() end
end
