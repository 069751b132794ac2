def run(turns):
    total = 0
    share = 0.0
    for i in range(turns):
        total += i % 7 * 3 - i // 5
        share = share * 0.5 + 0.25 * i
    return total, share


print(run(5000000))
