// The workloads on Immutable.js: peer.js immutable.js|immutable.js-mutable WORKLOAD SIZE TIMES.
// `-mutable` builds and changes inside `withMutations`. With TIMES 0 it only prepares. Status 3: it does not have the workload.
const { Map, List, Set, fromJS, is } = require("immutable");

const [, , flavour, workload, sizeText, timesText] = process.argv;
const size = +sizeText, times = +timesText, mutable = flavour.endsWith("-mutable");

const scattered = (start, stop) => Array.from({ length: stop - start }, (_, i) => ((start + i) * 2654435761) % 4294967296);
const places = count => Array.from({ length: count }, (_, i) => (i * 7919) % size);
const built = keys => Map().withMutations(m => { for (const k of keys) m.set(k, 1); });
const listed = () => List(Array.from({ length: size }, (_, i) => i));
/** What `change` makes of a collection: inside withMutations, or version after version. */
const changed = (start, change) => (mutable ? start.withMutations(change) : change(start));

function user() {
  return { name: "name", age: 36, address: { street: "Main Street", zip: 0, city: "Springfield" } };
}

function nested(step) {
  const names = Array.from({ length: size }, (_, i) => "user" + i);
  const at = places(200000);
  const start = fromJS({ version: 1, users: Object.fromEntries(names.map(name => [name, user()])) });
  const add = (root, i) => root.updateIn(["users", names[i], "address", "zip"], n => n + 1);
  const [root, sum] = step(start, at, add);
  return root.get("users").valueSeq().reduce((s, u) => s + u.getIn(["address", "zip"]), sum);
}

/** The workloads that both flavours have, and those that are of one only. */
const both = {
  map_build() {
    const keys = scattered(0, size); let sum = 0;
    for (let t = 0; t < times; t++) sum += changed(Map(), m => { for (const k of keys) m = m.set(k, 1); return m; }).size;
    return sum;
  },
  map_update_all() {
    const keys = scattered(0, size); let m = built(keys);
    for (let t = 0; t < times; t++) m = changed(m, m => { for (const k of keys) m = m.update(k, n => n + 1); return m; });
    let sum = 0; m.forEach((v, k) => { sum += k + v; }); return sum;
  },
  map_delete_half() {
    const keys = scattered(0, size); let m = built(keys);
    for (let t = 0; t < times; t++) m = changed(m, m => { for (let i = 0; i < size; i += 2) m = m.delete(keys[i]); return m; });
    return m.size;
  },
  vec_push() {
    let sum = 0;
    for (let t = 0; t < times; t++) sum += changed(List(), v => { for (let i = 0; i < size; i++) v = v.push(i); return v; }).size;
    return sum;
  },
  vec_set() {
    let v = listed(); const at = places(1000000);
    for (let t = 1; t <= times; t++) v = changed(v, v => { for (const i of at) v = v.set(i, t); return v; });
    return v.reduce((s, x) => s + x, 0);
  },
};

const persistent = {
  map_build_func: both.map_build,
  map_versions() {
    const keys = scattered(0, size); let sum = 0;
    for (let t = 0; t < times; t++) {
      const kept = new Array(1000).fill(Map()); let m = Map();
      for (let i = 0; i < size; i++) { m = m.set(keys[i], 1); kept[i % 1000] = m; }
      for (const version of kept) sum += version.size;
    }
    return sum;
  },
  map_update_live() {
    const keys = scattered(0, size), probes = places(100000).map(i => keys[i]), m = built(keys); let sum = 0;
    for (let t = 0; t < times; t++) for (const k of probes) sum += m.set(k, 2).get(k);
    return sum;
  },
  map_hit() {
    const keys = scattered(0, size), probes = places(100000).map(i => keys[i]), m = built(keys); let sum = 0;
    for (let t = 0; t < times; t++) for (const k of probes) sum += m.get(k);
    return sum;
  },
  map_miss() {
    const keys = scattered(0, size), absent = scattered(size, 2 * size), probes = places(100000).map(i => absent[i]);
    const m = built(keys); let sum = 0;
    for (let t = 0; t < times; t++) for (const k of probes) if (!m.has(k)) sum++;
    return sum;
  },
  map_iter() {
    const m = built(scattered(0, size)); let sum = 0;
    for (let t = 0; t < times; t++) m.forEach((v, k) => { sum += k + v; });
    return sum;
  },
  map_equal() {
    const one = built(scattered(0, size)), other = built(scattered(0, size)); let sum = 0;
    for (let t = 0; t < times; t++) if (is(one, other)) sum++;
    return sum;
  },
  map_hash() {
    const keys = scattered(0, size); let m = built(keys), sum = 0;
    for (let t = 0; t < times; t++) { m = m.set(keys[0], t); if (m.hashCode() !== 0) sum++; }
    return sum;
  },
  vec_versions() {
    let sum = 0;
    for (let t = 0; t < times; t++) {
      const kept = new Array(1000).fill(List()); let v = List();
      for (let i = 0; i < size; i++) { v = v.push(i); kept[i % 1000] = v; }
      for (const version of kept) sum += version.size;
    }
    return sum;
  },
  vec_update_live() {
    const v = listed(), at = places(100000); let sum = 0;
    for (let t = 0; t < times; t++) for (const i of at) sum += v.set(i, -1).get(i);
    return sum;
  },
  vec_get() {
    const v = listed(), at = places(1000000); let sum = 0;
    for (let t = 0; t < times; t++) for (const i of at) sum += v.get(i);
    return sum;
  },
  vec_iter() {
    const v = listed(); let sum = 0;
    for (let t = 0; t < times; t++) v.forEach(x => { sum += x; });
    return sum;
  },
  vec_concat() {
    const v = listed(); let sum = 0;
    for (let t = 0; t < times; t++) sum += v.concat(v).size;
    return sum;
  },
  set_union: () => combined((a, b) => a.union(b)),
  set_intersection: () => combined((a, b) => a.intersect(b)),
  nested_update: () => nested((root, at, add) => {
    for (let t = 0; t < times; t++) for (const i of at) root = add(root, i);
    return [root, 0];
  }),
  nested_update_live: () => nested((root, at, add) => {
    let sum = 0;
    for (let t = 0; t < times; t++) for (const i of at) sum += add(root, i).get("version");
    return [root, sum];
  }),
};
persistent.nested_update_func = persistent.nested_update;

function combined(combine) {
  const half = Math.floor(size / 2), one = Set(scattered(0, size)), other = Set(scattered(half, half + size));
  let sum = 0;
  for (let t = 0; t < times; t++) sum += combine(one, other).size;
  return sum;
}

const run = both[workload] || (!mutable && persistent[workload]);
if (!run) process.exit(3);
console.log(String(run()));
