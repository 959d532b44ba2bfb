local x, parts = 42, {}
for i = 1, 900000 do
  x = (x * 16807) % 2147483647
  parts[i] = string.format("w%d", x % 5000)
end
local text = table.concat(parts, " ")
local count, distinct = {}, 0
for w in text:gmatch("%S+") do
  local c = count[w]
  if c then count[w] = c + 1 else count[w] = 1; distinct = distinct + 1 end
end
local best, n = "", 0
for w, c in pairs(count) do
  if c > n or (c == n and w < best) then best, n = w, c end
end
print(#text .. " " .. distinct .. " " .. best .. " " .. n)
