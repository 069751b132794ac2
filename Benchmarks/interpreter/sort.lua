local function numbers(count)
  local xs = {}
  local x = 12345
  for i = 1, count do
    x = (x * 1103515245 + 12345) % 2147483648
    xs[#xs + 1] = x
  end
  return xs
end
local s = numbers(200000)
table.sort(s)
print(s[1], s[100001], s[#s])
