def numbers(count):
    xs = []
    x = 12345
    for i in range(count):
        x = (x * 1103515245 + 12345) % 2147483648
        xs.append(x)
    return xs


s = sorted(numbers(200000))
print(s[0], s[100000], s[-1])
