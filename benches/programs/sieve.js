function main() {
  const n = 2000000, p = new Array(n + 1).fill(true);
  for (let i = 2; i * i <= n; i++) if (p[i]) for (let j = i * i; j <= n; j += i) p[j] = false;
  let c = 0;
  for (let i = 2; i <= n; i++) if (p[i]) c++;
  return c;
}
console.log(main());
