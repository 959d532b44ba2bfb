from functools import reduce
def main():
    k, s = 3, 0
    t = list(range(1, 1000001))
    for rep in range(1, 4):
        m = list(map(lambda x: x * k + rep, t))
        f = list(filter(lambda x: x % 2 == 0, m))
        s += reduce(lambda a, b: a + b, f, 0)
    return s
print(main())
