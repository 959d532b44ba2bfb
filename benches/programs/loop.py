def main():
    s = 0
    for i in range(1, 20000001):
        if i % 3 == 0:
            s += i
        else:
            s -= 1
    return s
print(main())
