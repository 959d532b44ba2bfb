local squares, n = {}, 0
for i = 0, 999999 do squares[i * 2654435761 % 4294967296] = i * i end
for _ in pairs(squares) do n = n + 1 end
print(n)
