def main():
    points = []
    for i in range(1_000_000):
        points.append({"x": i, "y": 0.5 * i, "seen": True})
    return len(points)
print(main())
