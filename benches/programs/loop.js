function main() {
  let s = 0;
  for (let i = 1; i <= 20000000; i++) { if (i % 3 === 0) s += i; else s -= 1; }
  return s;
}
console.log(main());
