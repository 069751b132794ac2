local function run(turns)
  local total = 0
  local share = 0.0
  for i = 0, turns - 1 do
    total = total + i % 7 * 3 - i // 5
    share = share * 0.5 + 0.25 * i
  end
  return total, share
end
print(run(5000000))
