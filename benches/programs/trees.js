const make = d => d === 0 ? { left: null, right: null } : { left: make(d - 1), right: make(d - 1) };
const check = t => t.left ? 1 + check(t.left) + check(t.right) : 1;
function main() {
  const maxd = 14; let total = 0; const long = make(maxd);
  for (let d = 4; d <= maxd; d += 2) { const n = 2 ** (maxd - d + 4); for (let i = 0; i < n; i++) total += check(make(d)); }
  return total + check(long);
}
console.log(main());
