const squares = new Map();
for (let i = 0; i < 1000000; i++) squares.set(i * 2654435761 % 4294967296, i * i);
console.log(squares.size);
