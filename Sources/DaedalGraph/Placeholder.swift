// DaedalGraph
