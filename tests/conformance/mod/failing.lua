local skynet = require "skynet"
skynet.sleep(1)
error("the module fails")
