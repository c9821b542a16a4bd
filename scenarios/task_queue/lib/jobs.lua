-- What tasks do, by kind: job(payload, attempt, progress). A job may yield, calls
-- `progress` with the part that is done, answers a result or raises an error. It may be
-- run more than once (see the README), so what it does outside must not count twice:
-- here the ledger takes each effect under the task's id.

local skynet = require "skynet"

local LEDGER = ".ledger"

local jobs = {}

-- Takes payload.ticks, in ten steps.
function jobs.work(payload, _, progress)
	for step = 1, 10 do
		skynet.sleep(payload.ticks // 10)
		progress(step / 10)
	end
	return skynet.call(LEDGER, "lua", "effect", payload.key)
end

-- Fails at the first payload.failures attempts.
function jobs.flaky(payload, attempt, progress)
	if attempt <= payload.failures then
		skynet.sleep(5)
		error("not today", 0)
	end
	return jobs.work(payload, attempt, progress)
end

-- Never works.
function jobs.broken()
	skynet.sleep(10)
	error("cannot be done", 0)
end

-- Never ends.
function jobs.stuck()
	skynet.wait()
end

return jobs
