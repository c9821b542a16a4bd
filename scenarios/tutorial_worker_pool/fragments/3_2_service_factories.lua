-- Workers that take turns. Nobody looks whether they live.

local worker_pool = {}

function M.create_worker_pool(count, config)
	for number = 1, count do
		-- Arguments of a service are words; a packing is a pointer.
		worker_pool[number] = skynet.newservice("snlua", "worker", number, skynet.pack(config))
	end
end

function M.get_worker()
	local worker = table.remove(worker_pool, 1)
	table.insert(worker_pool, worker)
	return worker
end
