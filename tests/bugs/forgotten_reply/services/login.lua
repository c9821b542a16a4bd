-- Logs players in: asks the account service, and gives a ticket with which the gate lets them in.

local skynet = require "skynet"
require "skynet.manager"

local SEATS = 2

local tickets = {}
local online = 0

local CMD = {}

function CMD.login(account, password)
	if online >= SEATS then
		skynet.retpack(false, "the server is full")
		return
	end
	local ok, uid = pcall(skynet.call, ".account", "lua", "verify", account, password)
	if not ok then
		skynet.error("account service failed for", account)
		skynet.retpack(false, "try again later")
		return
	end
	if not uid then
		skynet.retpack(false, "wrong password")
		return
	end
	if online >= SEATS then
		skynet.error("the last seat was taken while", account, "was verified")
		return
	end
	online = online + 1
	tickets[uid] = account .. "#" .. online
	skynet.retpack(true, tickets[uid])
end

function CMD.logout(uid)
	if tickets[uid] then
		tickets[uid] = nil
		online = online - 1
	end
	skynet.retpack(true)
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		CMD[command](...)
	end)
	skynet.register ".login"
end)
