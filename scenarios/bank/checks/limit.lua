-- At every moment: what was drawn from an account, by the ledger, is within the limit; and the
-- ledger and the accounts agree.

local LIMIT, START = 100, 500

return function(world)
	local bank = world.services.bank.state
	local drawn, balance = {}, {}
	for _, entry in ipairs(bank.ledger) do
		local name = entry.account
		balance[name] = (balance[name] or START) + entry.amount
		if entry.amount < 0 then
			drawn[name] = (drawn[name] or 0) - entry.amount
		end
	end
	for name, total in pairs(drawn) do
		assert(total <= LIMIT, ("%d were drawn from account %s, and the limit is %d"):format(total, name, LIMIT))
	end
	for name, account in pairs(bank.accounts) do
		assert(account.balance == (balance[name] or START), "the balance of " .. name .. " is not what the ledger says")
	end
	return true
end
