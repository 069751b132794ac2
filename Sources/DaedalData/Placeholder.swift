// DaedalData
