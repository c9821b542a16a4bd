-- Run inside of the ledger while it works: the same as the message "reload".

assert(_P.lua.handlers.reload())
