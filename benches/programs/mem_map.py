def main():
    squares = {}
    for i in range(1_000_000):
        squares[i * 2654435761 % 4294967296] = i * i
    return len(squares)
print(main())
