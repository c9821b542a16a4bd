-- exit: 1
-- out: os.exit(3)
-- no: loader error
-- no: > never
-- os.exit before the service has started: that is no failure of its start.
local skynet = require "skynet"
skynet.start(function() print("> never") end)
pcall(os.exit, 3)
print("> never")
