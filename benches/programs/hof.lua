local function map(t, f) local r = {} for i = 1, #t do r[i] = f(t[i]) end return r end
local function filter(t, f) local r, n = {}, 0 for i = 1, #t do local v = t[i] if f(v) then n = n + 1; r[n] = v end end return r end
local function reduce(t, f, a) for i = 1, #t do a = f(a, t[i]) end return a end
local k, t = 3, {}
for i = 1, 1000000 do t[i] = i end
local s = 0
for rep = 1, 3 do
  s = s + reduce(filter(map(t, function(x) return x * k + rep end), function(x) return x % 2 == 0 end), function(a, b) return a + b end, 0)
end
print(string.format("%d", s))
