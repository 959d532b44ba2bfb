"""The workloads on persistent collections of Python: peer.py immutables|pyrsistent|rpds-py WORKLOAD SIZE TIMES.

Does the workload and prints its answer; with TIMES 0 it only prepares. Status 3: the library does not have it."""

import sys


def immutables():
    from immutables import Map

    def build(keys):
        with Map().mutate() as map:
            for k in keys:
                map[k] = 1
            return map.finish()

    def update_all(map, keys):
        with map.mutate() as new:
            for k in keys:
                new[k] += 1
            return new.finish()

    def delete_half(map, keys):
        with map.mutate() as new:
            for k in keys[::2]:
                del new[k]
            return new.finish()

    return {"map": Map, "build": build, "set": Map.set, "update_all": update_all, "delete_half": delete_half}


def pyrsistent():
    from pyrsistent import freeze, pmap, pvector

    def build(keys):
        map = pmap().evolver()
        for k in keys:
            map[k] = 1
        return map.persistent()

    def update_all(map, keys):
        new = map.evolver()
        for k in keys:
            new[k] += 1
        return new.persistent()

    def delete_half(map, keys):
        new = map.evolver()
        for k in keys[::2]:
            del new[k]
        return new.persistent()

    def push(size):
        vector = pvector().evolver()
        for i in range(size):
            vector.append(i)
        return vector.persistent()

    def set_all(vector, places, value):
        new = vector.evolver()
        for i in places:
            new[i] = value
        return new.persistent()

    return {
        "map": pmap,
        "build": build,
        "set": lambda map, k, v: map.set(k, v),
        "update_all": update_all,
        "delete_half": delete_half,
        "vector": pvector,
        "append": lambda vector, x: vector.append(x),
        "put": lambda vector, i, x: vector.set(i, x),
        "push": push,
        "set_all": set_all,
        "nested": freeze,
        "transform": lambda root, path: root.transform(path, lambda n: n + 1),
    }


def rpds_py():
    from rpds import HashTrieMap, HashTrieSet

    def build(keys):
        map = HashTrieMap()
        for k in keys:
            map = map.insert(k, 1)
        return map

    def update_all(map, keys):
        for k in keys:
            map = map.insert(k, map[k] + 1)
        return map

    def delete_half(map, keys):
        for k in keys[::2]:
            map = map.remove(k)
        return map

    return {
        "map": HashTrieMap,
        "build": build,
        "set": HashTrieMap.insert,
        "update_all": update_all,
        "delete_half": delete_half,
        "sets": HashTrieSet,
    }


def scattered(start, stop):
    return [i * 2654435761 % 4294967296 for i in range(start, stop)]


def map_workload(name, lib, size, times):
    keys = scattered(0, size)
    new, build, set_ = lib["map"], lib["build"], lib["set"]
    total = 0
    if name == "map_build":
        for _ in range(times):
            total += len(build(keys))
    elif name == "map_build_func":
        for _ in range(times):
            map = new()
            for k in keys:
                map = set_(map, k, 1)
            total += len(map)
    elif name == "map_versions":
        for _ in range(times):
            kept, map = [new()] * 1000, new()
            for i, k in enumerate(keys):
                map = set_(map, k, 1)
                kept[i % 1000] = map
            total += sum(len(version) for version in kept)
    elif name == "map_update_live":
        map, probes = build(keys), [keys[i * 7919 % size] for i in range(100_000)]
        for _ in range(times):
            for k in probes:
                total += set_(map, k, 2)[k]
    elif name == "map_hit":
        map, probes = build(keys), [keys[i * 7919 % size] for i in range(100_000)]
        for _ in range(times):
            for k in probes:
                total += map[k]
    elif name == "map_miss":
        absent = scattered(size, 2 * size)
        map, probes = build(keys), [absent[i * 7919 % size] for i in range(100_000)]
        for _ in range(times):
            for k in probes:
                if k not in map:
                    total += 1
    elif name == "map_update_all":
        map = build(keys)
        for _ in range(times):
            map = lib["update_all"](map, keys)
        total = sum(k + v for k, v in map.items())
    elif name == "map_delete_half":
        map = build(keys)
        for _ in range(times):
            map = lib["delete_half"](map, keys)
        total = len(map)
    elif name == "map_iter":
        map = build(keys)
        for _ in range(times):
            for k, v in map.items():
                total += k + v
    elif name == "map_equal":
        one, other = build(keys), build(keys)
        for _ in range(times):
            if one == other:
                total += 1
    elif name == "map_hash":
        map = build(keys)
        for i in range(times):
            map = set_(map, keys[0], i)
            if hash(map) != 0:
                total += 1
    else:
        return None
    return total


def vector_workload(name, lib, size, times):
    if "vector" not in lib:
        return None
    total = 0
    if name == "vec_push":
        for _ in range(times):
            total += len(lib["push"](size))
    elif name == "vec_versions":
        for _ in range(times):
            kept, vector = [lib["vector"]()] * 1000, lib["vector"]()
            for i in range(size):
                vector = lib["append"](vector, i)
                kept[i % 1000] = vector
            total += sum(len(version) for version in kept)
    elif name == "vec_update_live":
        vector, places = lib["vector"](range(size)), [i * 7919 % size for i in range(100_000)]
        for _ in range(times):
            for i in places:
                total += lib["put"](vector, i, -1)[i]
    elif name == "vec_set":
        vector, places = lib["vector"](range(size)), [i * 7919 % size for i in range(1_000_000)]
        for round in range(1, times + 1):
            vector = lib["set_all"](vector, places, round)
        total = sum(vector)
    elif name == "vec_get":
        vector, places = lib["vector"](range(size)), [i * 7919 % size for i in range(1_000_000)]
        for _ in range(times):
            for i in places:
                total += vector[i]
    elif name == "vec_iter":
        vector = lib["vector"](range(size))
        for _ in range(times):
            for x in vector:
                total += x
    elif name == "vec_concat":
        vector = lib["vector"](range(size))
        for _ in range(times):
            total += len(vector + vector)
    else:
        return None
    return total


def set_workload(name, lib, size, times):
    if "sets" not in lib:
        return None
    one = lib["sets"](scattered(0, size))
    other = lib["sets"](scattered(size // 2, size // 2 + size))
    combine = one.union if name == "set_union" else one.intersection
    return sum(len(combine(other)) for _ in range(times))


def nested_workload(name, lib, size, times):
    if "nested" not in lib:
        return None
    names = [f"user{i}" for i in range(size)]

    def user():
        return {"name": "name", "age": 36, "address": {"street": "Main Street", "zip": 0, "city": "Springfield"}}

    root = lib["nested"]({"version": 1, "users": {name: user() for name in names}})
    places = [i * 7919 % size for i in range(200_000)]
    total = 0
    for _ in range(times):
        for i in places:
            new = lib["transform"](root, ["users", names[i], "address", "zip"])
            if name == "nested_update_live":
                total += new["version"]
            else:
                root = new
    return total + sum(user["address"]["zip"] for user in root["users"].values())


def main():
    library, workload, size, times = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    lib = {"immutables": immutables, "pyrsistent": pyrsistent, "rpds-py": rpds_py}[library]()
    kinds = {"map": map_workload, "vec": vector_workload, "set": set_workload, "nested": nested_workload}
    answer = kinds[workload.split("_")[0]](workload, lib, size, times)
    if answer is None:
        sys.exit(3)
    print(answer)


main()
