function sort(a, lo, hi) {
  if (lo >= hi) return;
  const p = a[(lo + hi) >> 1];
  let i = lo, j = hi;
  while (i <= j) {
    while (a[i] < p) i++;
    while (a[j] > p) j--;
    if (i <= j) { const t = a[i]; a[i] = a[j]; a[j] = t; i++; j--; }
  }
  sort(a, lo, j); sort(a, i, hi);
}
function main() {
  const a = []; let x = 42;
  for (let i = 0; i < 200000; i++) { x = (x * 16807) % 2147483647; a.push(x); }
  sort(a, 0, a.length - 1);
  let h = 0;
  for (const v of a) h = (h * 31 + v) % 1000000007;
  return h;
}
console.log(main());
