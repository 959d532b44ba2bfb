def make(d):
    return (make(d - 1), make(d - 1)) if d else ()
def check(t):
    return 1 + check(t[0]) + check(t[1]) if t else 1
def main():
    maxd, total = 14, 0
    long = make(maxd)
    for d in range(4, maxd + 1, 2):
        for _ in range(2 ** (maxd - d + 4)):
            total += check(make(d))
    return total + check(long)
print(main())
