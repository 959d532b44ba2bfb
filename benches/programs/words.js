function main() {
  let x = 42; const parts = [];
  for (let i = 0; i < 900000; i++) { x = (x * 16807) % 2147483647; parts.push("w" + (x % 5000)); }
  const text = parts.join(" ");
  const count = new Map();
  for (const w of text.split(" ")) count.set(w, (count.get(w) || 0) + 1);
  let best = 0, bw = "";
  for (const [w, c] of count) if (c > best || (c === best && w < bw)) { best = c; bw = w; }
  return `${text.length} ${count.size} ${bw} ${best}`;
}
console.log(main());
