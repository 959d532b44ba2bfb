local floor = math.floor
local function sort(a, lo, hi)
  if lo >= hi then return end
  local p = a[floor((lo + hi) / 2)]
  local i, j = lo, hi
  while i <= j do
    while a[i] < p do i = i + 1 end
    while a[j] > p do j = j - 1 end
    if i <= j then
      a[i], a[j] = a[j], a[i]
      i = i + 1
      j = j - 1
    end
  end
  sort(a, lo, j)
  sort(a, i, hi)
end
local a, x, n = {}, 42, 200000
for i = 1, n do x = (x * 16807) % 2147483647; a[i] = x end
sort(a, 1, n)
local h = 0
for i = 1, n do h = (h * 31 + a[i]) % 1000000007 end
print(string.format("%d", h))
