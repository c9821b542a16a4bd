-- A bank with a limit for what may be drawn from an account. Each withdrawal is approved by the
-- auditor, another service: meanwhile the bank serves others. So the balance is looked at again
-- afterwards, and if it has changed the withdrawal starts anew.
--
-- This has a bug: see README.md.

local skynet = require "skynet"
require "skynet.manager"

local LIMIT = 100

local accounts = {}
local ledger = {}

local CMD = {}

function CMD.open(name, balance)
	assert(not accounts[name], "the account exists")
	accounts[name] = { balance = balance, drawn = 0 }
	return true
end

function CMD.deposit(name, amount)
	local account = assert(accounts[name], "no such account")
	account.balance = account.balance + amount
	table.insert(ledger, { account = name, amount = amount })
	return account.balance
end

function CMD.withdraw(name, amount)
	local account = assert(accounts[name], "no such account")
	while true do
		local balance, drawn = account.balance, account.drawn
		if amount > balance then
			return nil, "not enough money"
		end
		if drawn + amount > LIMIT then
			return nil, "limit reached"
		end
		if not skynet.call(".auditor", "lua", "approve", name, amount) then
			return nil, "refused"
		end
		if account.balance == balance then
			account.balance = balance - amount
			account.drawn = drawn + amount
			table.insert(ledger, { account = name, amount = -amount })
			return account.balance
		end
	end
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(CMD[command](...))
	end)
	skynet.register ".bank"
end)
