def main():
    x = 42
    parts = []
    for _ in range(900000):
        x = (x * 16807) % 2147483647
        parts.append("w" + str(x % 5000))
    text = " ".join(parts)
    count = {}
    for w in text.split():
        count[w] = count.get(w, 0) + 1
    best, bw = 0, ""
    for w, c in count.items():
        if c > best or (c == best and w < bw):
            best, bw = c, w
    return f"{len(text)} {len(count)} {bw} {best}"
print(main())
