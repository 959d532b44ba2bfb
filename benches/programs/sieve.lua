local n = 2000000
local prime = {}
for i = 1, n do prime[i] = true end
local i = 2
while i * i <= n do
  if prime[i] then
    local j = i * i
    while j <= n do
      prime[j] = false
      j = j + i
    end
  end
  i = i + 1
end
local count = 0
for i = 2, n do if prime[i] then count = count + 1 end end
print(count)
