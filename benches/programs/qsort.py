def sort(a, lo, hi):
    if lo >= hi:
        return
    p = a[(lo + hi) // 2]
    i, j = lo, hi
    while i <= j:
        while a[i] < p:
            i += 1
        while a[j] > p:
            j -= 1
        if i <= j:
            a[i], a[j] = a[j], a[i]
            i += 1
            j -= 1
    sort(a, lo, j)
    sort(a, i, hi)
def main():
    a, x = [], 42
    for _ in range(200000):
        x = (x * 16807) % 2147483647
        a.append(x)
    sort(a, 0, len(a) - 1)
    h = 0
    for v in a:
        h = (h * 31 + v) % 1000000007
    return h
print(main())
