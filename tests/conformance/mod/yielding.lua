local skynet = require "skynet"
skynet.sleep(1)
return { loaded = true }
