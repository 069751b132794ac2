// DaedalEngine
