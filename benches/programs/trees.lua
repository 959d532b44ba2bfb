local function make(d) if d == 0 then return {} end return { left = make(d - 1), right = make(d - 1) } end
local function check(t) if t.left then return 1 + check(t.left) + check(t.right) end return 1 end
local maxd, total = 14, 0
local long = make(maxd)
for d = 4, maxd, 2 do
  local iters = 2 ^ (maxd - d + 4)
  for i = 1, iters do total = total + check(make(d)) end
end
print(string.format("%d", total + check(long)))
