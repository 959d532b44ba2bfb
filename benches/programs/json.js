function main(path) {
  const data = JSON.parse(require("fs").readFileSync(path, "utf8"));
  const by = {};
  for (const r of data) {
    let t = 0;
    for (const it of r.items) t += it.qty * it.price;
    r.total = t;
    by[r.country] = (by[r.country] || 0) + t;
  }
  const out = JSON.stringify({ records: data, by });
  return `${by.DE} ${out.length}`;
}
console.log(main(process.argv[2]));
