-- The commands of the debug protocol, as real Skynet answers them, for skynet.debug. REMOTEDEBUG (a
-- line debugger over a socket) is the exception: it fails, because a simulation waits for nobody.

return function(skynet, export, get_info_func)
	local command = {}
	local retpack = skynet.retpack

	function command.PING()
		skynet.ret()
	end

	function command.MEM()
		retpack(collectgarbage "count")
	end

	local collecting = false

	-- No reply. The yield lets the GC requests that have come meanwhile pass while this one counts.
	function command.GC()
		if collecting then
			return
		end
		collecting = true
		local size, time = collectgarbage "count", skynet.now()
		collectgarbage "collect"
		skynet.yield()
		skynet.error(string.format("GC %.2f Kb -> %.2f Kb, cost %.2f sec",
			size, collectgarbage "count", (skynet.now() - time) / 100))
		collecting = false
	end

	function command.STAT()
		retpack {
			task = skynet.task(),
			mqlen = skynet.stat "mqlen",
			cpu = skynet.stat "cpu",
			message = skynet.stat "message",
		}
	end

	function command.TASK(session)
		if session then
			retpack(skynet.task(session))
		else
			local tasks = {}
			skynet.task(tasks)
			retpack(tasks)
		end
	end

	function command.UNIQTASK()
		retpack(skynet.uniqtask())
	end

	function command.KILLTASK(name)
		local co = skynet.killthread(name)
		if co then
			skynet.error(string.format("Kill %s", co))
			skynet.ret()
		else
			skynet.error(string.format("Kill %s : Not found", name))
			retpack "Not found"
		end
	end

	function command.INFO(...)
		local info_func = get_info_func()
		if info_func then
			retpack(info_func(...))
		else
			retpack(nil)
		end
	end

	function command.EXIT()
		skynet.exit()
	end

	function command.TERM(address)
		skynet.term(address)
	end

	function command.SUPPORT(protocol)
		retpack(skynet.dispatch(protocol) ~= nil)
	end

	-- A life-line: never answered, so it fails when this service exits.
	function command.LINK()
		skynet.response()
	end

	function command.TRACELOG(protocol, flag)
		if type(protocol) ~= "string" then
			protocol, flag = "lua", protocol
		end
		skynet.error(string.format("Turn trace log %s for %s", flag, protocol))
		skynet.traceproto(protocol, flag)
		skynet.ret()
	end

	function command.RUN(source, filename, ...)
		local inject = require "skynet.inject"
		local ok, output = inject(skynet, source, filename, table.pack(...), export.dispatch, skynet.register_protocol)
		collectgarbage "collect"
		retpack(ok, table.concat(output, "\n"))
	end

	function command.REMOTEDEBUG()
		error "REMOTEDEBUG is not supported by skysim"
	end

	return command
end
