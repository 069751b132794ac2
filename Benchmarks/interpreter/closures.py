def run(turns):
    seen = {}
    step = lambda n, k: n * k + 1
    n = 1
    for i in range(turns):
        n = step(n, 31) % 1009
        key = f"k{n}"
        seen[key] = seen.get(key, 0) + 1
    return len(seen)


print(run(200000))
