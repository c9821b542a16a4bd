-- The chunk that turns an argument text ("name arg arg ...") into a running service: what a Skynet
-- config calls `lualoader`. The host has set LUA_SERVICE, LUA_PATH, LUA_CPATH and perhaps
-- LUA_PRELOAD; they are gone again when the service's own main chunk starts, as in real Skynet.

local words = {}
for word in string.gmatch(..., "%S+") do
	words[#words + 1] = word
end
SERVICE_NAME = words[1]

-- A candidate that does not compile is passed over like a missing one; only when all of them fail
-- does anybody see why, all reasons together.
local main, pattern
local reasons = {}
for candidate in string.gmatch(LUA_SERVICE, "[^;]+") do
	local chunk, reason = loadfile((string.gsub(candidate, "?", SERVICE_NAME)))
	if chunk then
		main, pattern = chunk, candidate
		break
	end
	reasons[#reasons + 1] = reason
end
if not main then
	error(table.concat(reasons, "\n"))
end

package.path, package.cpath = LUA_PATH, LUA_CPATH
LUA_SERVICE, LUA_PATH, LUA_CPATH = nil, nil, nil

-- "dir/?/init.lua" gives each service a folder of its own, and modules beside its main file.
local folder = string.match(pattern, "^(.*/)[^/?]+$")
if folder then
	SERVICE_PATH = string.gsub(folder, "?", SERVICE_NAME)
	package.path = SERVICE_PATH .. "?.lua;" .. package.path
else
	SERVICE_PATH = string.match(pattern, "^(.*/).+$")
end

if LUA_PRELOAD then
	assert(loadfile(LUA_PRELOAD))(table.unpack(words))
	LUA_PRELOAD = nil
end

require = require("skynet.require").require

main(table.unpack(words, 2))
