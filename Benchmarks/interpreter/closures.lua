local function run(turns)
  local seen, count = {}, 0
  local step = function(n, k) return n * k + 1 end
  local n = 1
  for i = 1, turns do
    n = step(n, 31) % 1009
    local key = "k" .. n
    if not seen[key] then count = count + 1 end
    seen[key] = (seen[key] or 0) + 1
  end
  return count
end
print(run(200000))
