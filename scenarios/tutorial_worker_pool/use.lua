-- What the pool is for.

function M.adopt_workers(count)
	for i = 1, count do
		worker_pool[#worker_pool + 1] = skynet.newservice("worker", i)
	end
end

function M.work(task)
	return skynet.call(M.get_worker(), "lua", "process", task)
end
