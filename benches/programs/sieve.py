def main():
    n = 2000000
    p = [True] * (n + 1)
    i = 2
    while i * i <= n:
        if p[i]:
            for j in range(i * i, n + 1, i):
                p[j] = False
        i += 1
    c = 0
    for i in range(2, n + 1):
        if p[i]:
            c += 1
    return c
print(main())
