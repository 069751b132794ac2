"""The most memory that processes had at once."""
import json, os, re, resource, subprocess, sys

# A child's peak begins with the memory of whoever starts it: this starts it, from some 10 MB, not the program that imports NumPy.
STARTER = """
import json, os, sys
reading, writing = os.pipe()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, writing, 1)])
os.close(writing)
with open(reading) as file: output = file.read()
_, status, usage = os.wait4(child, 0)
unit = 1 if sys.platform == "darwin" else 1024
print(json.dumps(dict(output=output, status=os.waitstatus_to_exitcode(status), bytes=usage.ru_maxrss * unit)))
"""


def run(command):
    """What a command prints, and the most bytes that it had in memory. Of a command that takes less than a bare Python those of the Python."""
    text = subprocess.run([sys.executable, "-S", "-E", "-c", STARTER, *command], check=True, stdout=subprocess.PIPE, text=True).stdout
    outcome = json.loads(text)
    if outcome["status"]: raise RuntimeError(f"{' '.join(command)} failed")
    return outcome["output"], outcome["bytes"]


def own():
    """The most bytes that this process has had in memory, without what its parent had."""
    if os.path.exists("/proc/self/status"):
        with open("/proc/self/status") as file: return int(re.search(r"VmHWM:\s+(\d+) kB", file.read()).group(1)) << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
