const points = [];
for (let i = 0; i < 1000000; i++) points.push({ x: i, y: 0.5 * i, seen: true });
console.log(points.length);
