local cjson = require "cjson"
local f = assert(io.open(arg[1])); local src = f:read("*a"); f:close()
local data = cjson.decode(src)
local by = {}
for _, r in ipairs(data) do
  local t = 0
  for _, it in ipairs(r.items) do t = t + it.qty * it.price end
  r.total = t
  by[r.country] = (by[r.country] or 0) + t
end
local out = cjson.encode({ records = data, by = by })
print(string.format("%d %d", by.DE, #out))
