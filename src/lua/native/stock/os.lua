-- Compared with stock Lua in TZ=UTC and LC_ALL=C: prints nothing that depends on the time now.
local function show(...)
  local out = {}
  for i = 1, select("#", ...) do
    local v = (select(i, ...))
    out[i] = type(v) == "string" and string.format("%q", v) or tostring(v)
  end
  print(table.concat(out, " | "))
end
local function try(f, ...) show(pcall(f, ...)) end
local function fields(t) return table.concat({ t.year, t.month, t.day, t.hour, t.min, t.sec, t.wday, t.yday, tostring(t.isdst) }, " ") end

local one = "aAbBcCdDeFgGhHIjmMnprRStTuUVwWxXyYzZ%"
local two = { "Ec", "EC", "Ex", "EX", "Ey", "EY", "Od", "Oe", "OH", "OI", "Om", "OM", "OS", "Ou", "OU", "OV", "Ow", "OW", "Oy" }
local times = { 0, 1, -2, 59, 86399, 86400, 951782399, 951782400, 1704067200, 1709164799, 1709251199, 1735689599, 1230768000,
  1104537600, 1136073600, 1451606399, 4102444800, 253402300799, 253402300800, -62135596800, -62135596801, -62167219200, -62167219201,
  -2208988800, -99999999999, -999999999999, 9999999999999, 1 << 40, -(1 << 40), -67768040609740800, -377705116800, -315619200000 }
for _, t in ipairs(times) do
  local out = {}
  for c in one:gmatch(".") do out[#out + 1] = os.date("%" .. c, t) end
  for _, c in ipairs(two) do out[#out + 1] = os.date("%" .. c, t) end
  show(t, table.concat(out, "~"))
  show(os.date("!%c %Z %z", t), fields(os.date("*t", t)), fields(os.date("!*t", t)))
end
-- a long walk, day by day and a little more, over the specifiers that count weeks
local sums = {}
for i = 0, 20000 do
  local t = -1000000000 + i * 100000
  local text = os.date("%Y %G-%V %g %U %W %j %u %w %e %I %p %C", t)
  for b in text:gmatch("%d+") do sums[1] = ((sums[1] or 0) * 31 + tonumber(b)) % 1000000007 end
  if i % 1000 == 0 then show(text) end
  local back = os.time(os.date("*t", t))
  if back ~= t then show("not back", t, back) end
end
show(sums[1])
for _, bad in ipairs { "%", "%Q", "%E", "%Ez", "%O", "%Oc", "%!", "abc%", "%é", "%5d", "%-d", "%\0", "%k", "%l", "%s", "%P", "%v", "%N", "%+" } do try(os.date, bad, 0) end
try(os.date, "", 0) try(os.date, "!", 0) try(os.date, "plain", 0) try(os.date, "a\0b%Yc\0", 0) try(os.date, "*tx", 0) try(os.date, "*", 0) try(os.date, "!!%Y", 0) try(os.date, "%%Y", 0)
try(function() return type(os.date("*t\0x", 0)) end)
try(os.date, "%Y", 1.5) try(os.date, "%Y", "x") try(os.date, "%Y", "12") try(os.date, {}, 0) try(os.date, "%Y", 67768036191676800) try(os.date, "*t", math.maxinteger) try(os.date, "*t", math.mininteger)
show(#os.date(("%c"):rep(1000), 0)) show(#os.date(("x"):rep(5000) .. "%Y", 0))
for _, x in ipairs { 67768036191676799, -67768040609740800 } do show(fields(os.date("*t", x))) end
-- time
local function t(x) local ok, v = pcall(os.time, x) show(ok, v, ok and fields(x) or "") end
t { year = 2024, month = 1, day = 1 } t { year = 2024, month = 1, day = 1, hour = 0 } t { year = 2024, month = 2, day = 30 }
t { year = 2024, month = 14, day = -3, hour = 30, min = -70, sec = 3700 } t { year = 1970, month = 1, day = 1, hour = 0 } t { year = 1969, month = 12, day = 31, hour = 23, min = 59, sec = 59 }
t { year = 2024, month = 7, day = 1, isdst = true } t { year = 2024, month = 7, day = 1, isdst = false } t { year = 2024, month = 0, day = 0 }
t { year = "2024", month = "3", day = "1", hour = 5.0 } t { year = 2024.0, month = 1, day = 1 } t { year = 1, month = 1, day = 1 } t { year = -5, month = 1, day = 1 } t { year = 99999, month = 12, day = 31 }
t { year = 2147483647, month = 1, day = 1 } t { year = 2147485547, month = 12, day = 31, hour = 23, min = 59, sec = 59 } t { year = 2147485548, month = 1, day = 1 } t { year = 2147485547, month = 13, day = 1 }
t { year = -2147481748, month = 1, day = 1, hour = 0 } t { year = -2147481748, month = 0, day = 1 } t { year = -2147481749, month = 1, day = 1 } t { year = 2000, month = 2147483648, day = 1 } t { year = 2000, month = 2147483649, day = 1 } t { year = 2000, month = 1, day = 2147483647 }
t { year = 2000, month = 1, day = 1, sec = -2147483648 } t { year = 2000, month = 1, day = 1, hour = 2147483647, min = 2147483647, sec = 2147483647 } t { year = 1 << 40, month = 1, day = 1 }
t {} t { year = 2024 } t { year = 2024, month = 1 } t { year = 2024, month = 1, day = {} } t { year = 2024, month = 1.5, day = 1 } t { year = 2024, month = "x", day = 1 } t { year = 2024, month = 1, day = 1, hour = true } t { year = math.maxinteger, month = 1, day = 1 } t { year = math.mininteger, month = 1, day = 1 }
try(os.time, 1) try(os.time, "x") show(math.type(os.time())) show(pcall(os.time, setmetatable({}, { __index = { year = 2000, month = 1, day = 2 } })))
-- the rest
show(os.difftime(10, 3)) show(os.difftime(3, 10)) try(os.difftime, 1) try(os.difftime) try(os.difftime, 1.5, 2) show(string.format("%.0f %.0f", os.difftime(math.maxinteger, math.mininteger), os.difftime(1 << 60, 1)))
show(os.getenv("SKYSIM_SURELY_NOT_SET")) try(os.getenv) try(os.getenv, {})
show(os.setlocale()) show(os.setlocale("C")) show(os.setlocale("")) show(os.setlocale(nil, "collate")) show(os.setlocale("xx_YY")) try(os.setlocale, "C", "x") show(os.setlocale("POSIX", "numeric")) try(os.setlocale, {})
show(math.type(os.clock())) local n = os.tmpname() show(#n, n:sub(1, 9)) show(io.open(n):read("a")) show(os.remove(n))
