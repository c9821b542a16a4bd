-- A short demonstration for real Skynet: start = "main", the services folder in
-- luaservice and the lib folder in lua_path. The scenarios do not need this file.

local skynet = require "skynet"

local function report(tasks)
	local status = skynet.call(tasks, "lua", "status")
	local states = status.states
	print(string.format("ready %d, running %d, waiting %d, dead %d, done %d, workers %d",
		states.ready, states.running, states.waiting, states.dead, status.done, #status.workers))
end

skynet.start(function()
	local ledger = skynet.newservice("ledger")
	local tasks = skynet.newservice("tasks", os.tmpname())
	local ann = skynet.newservice("producer", "ann")
	skynet.sleep(150)
	skynet.call(ann, "lua", "produce", 100, 1, "work", { ticks = 100 }, 2)
	skynet.call(ann, "lua", "produce", 1, 1, "broken", {}, 1)
	for _ = 1, 14 do
		skynet.sleep(100)
		report(tasks)
	end
	for _, letter in ipairs(skynet.call(tasks, "lua", "dead")) do
		print("dead letter:", letter.key, letter.reason)
	end
	print("reload:", skynet.call(tasks, "lua", "reload"))
	print("effects:", skynet.call(ledger, "lua", "effect", "ann-1"))
	print("shutdown:", skynet.call(tasks, "lua", "shutdown"))
	skynet.exit()	-- ends this service only
end)
