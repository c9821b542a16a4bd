-- exit: 0,1
-- instructions: 20000000
-- out: > begin
-- no: > never
-- os.exit, and then not stopping.
local skynet = require "skynet"
require "skynet.manager"
skynet.start(function()
	print("> begin")
	skynet.fork(function() print("> never") end)
	skynet.timeout(1, function() print("> never") end)
	while true do
		pcall(os.exit, 0)
		pcall(coroutine.wrap(function() pcall(os.exit, 3) while true do pcall(os.exit) end end))
		pcall(string.gsub, "abc", ".", function() os.exit(true, true) end)
		pcall(table.sort, { 3, 2, 1 }, function() os.exit() end)
	end
end)
