-- Knows the passwords, and takes its time.

local skynet = require "skynet"
require "skynet.manager"

local accounts = {
	ann = { uid = 1, password = "rose" },
	bob = { uid = 2, password = "tulip" },
	cid = { uid = 3, password = "lily" },
}

local CMD = {}

function CMD.verify(name, password)
	local account = accounts[name]
	return account and account.password == password and account.uid or nil
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(CMD[command](...))
	end)
	skynet.register ".account"
end)
