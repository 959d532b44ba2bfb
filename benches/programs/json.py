import json
import sys
def main(path):
    with open(path) as f:
        data = json.loads(f.read())
    by = {}
    for r in data:
        t = 0
        for it in r["items"]:
            t += it["qty"] * it["price"]
        r["total"] = t
        by[r["country"]] = by.get(r["country"], 0) + t
    out = json.dumps({"records": data, "by": by}, separators=(",", ":"), ensure_ascii=False)
    return f"{by['DE']} {len(out)}"
print(main(sys.argv[1]))
