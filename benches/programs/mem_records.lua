local points = {}
for i = 0, 999999 do points[#points + 1] = { x = i, y = 0.5 * i, seen = true } end
print(#points)
