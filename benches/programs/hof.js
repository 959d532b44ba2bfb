function main() {
  const k = 3, t = Array.from({ length: 1000000 }, (_, i) => i + 1);
  let s = 0;
  for (let rep = 1; rep <= 3; rep++) s += t.map(x => x * k + rep).filter(x => x % 2 === 0).reduce((a, b) => a + b, 0);
  return s;
}
console.log(main());
