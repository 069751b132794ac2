// DaedalRuntime
