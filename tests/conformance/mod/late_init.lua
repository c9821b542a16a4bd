local skynet = require "skynet"
local M = { ran = "no" }
skynet.init(function() skynet.sleep(1) M.ran = "yes, and slept" end)
return M
