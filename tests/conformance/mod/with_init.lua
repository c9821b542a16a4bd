local skynet = require "skynet"
local M = { ran = false }
skynet.init(function() M.ran = true end)
return M
