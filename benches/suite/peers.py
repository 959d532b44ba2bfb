"""Who stands beside Tansy: how each is found, and the commands that run a program or a collection workload in it.

Nothing here fails when a peer is not installed: it says what is missing, and the run goes on without it."""

import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
INSTALLED = HERE / "target"
RUST = INSTALLED / "rust" / "release"
PYTHON = INSTALLED / "python" / "bin" / "python"
NODE = INSTALLED / "node" / "node_modules"
JSON_JAR = "/usr/share/java/data.json.jar"


@dataclass
class Peer:
    name: str
    command: list  # what stands before the file of a program; empty when the peer is not there
    missing: str = ""  # why not
    suffix: str = ""  # of the programs written for it; "" when it has collection workloads only
    nothing: list = field(default_factory=list)  # after `command`: start, do nothing, end
    collections: bool = False  # whether it has the workloads on persistent collections
    workload: list = field(default_factory=list)  # after `command`: what stands before WORKLOAD SIZE TIMES
    env: dict = field(default_factory=dict)

    def program(self, name, data=None):
        """Runs programs/NAME, with a file of data."""
        return [*self.command, str(HERE / "programs" / f"{name}.{self.suffix}"), *([str(data)] if data else [])]

    def collection(self, name, size, times):
        """Runs one workload on a collection of so many entries, so many times; 0: only builds what it works on."""
        return [*self.command, *self.workload, name, str(size), str(times)]


class Tansy(Peer):
    def program(self, name, data=None):
        file = str(HERE / "programs" / f"{name}.tansy")
        return [*self.command, "eval", file, "--input", str(data)] if data else [*self.command, file]

    def collection(self, name, size, times):
        # The largest need more steps and bytes than a script gets unasked.
        limits = ["--fuel", "unlimited", "--memory", "unlimited"]
        return [*self.command, *limits, str(HERE / "persistent" / f"{name}.tansy"), str(size), str(times)]


def tansy(binary):
    """A copy of the binary, as an installation makes one, and as peers are installed: a file lies otherwise in the system's cache as
    a linker leaves it, and takes some 30 page faults more to start. A build during the run does no harm, either."""
    copy = INSTALLED / "bin" / "tansy"
    if binary.exists():
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(binary, copy)
    command = [str(copy)] if binary.exists() else []
    return Tansy("tansy", command, "cargo build --release", "tansy", ["-e", "1"], collections=True)


def installed(program, *args):
    """The command of a program on the path, or nothing."""
    found = shutil.which(program)
    return [found, *args] if found else []


def built(program, *args):
    """The command of one of the Rust programs, or nothing."""
    return [str(RUST / program), *args] if (RUST / program).exists() else []


def python_with(module):
    """The command of the Python that has a module, or nothing."""
    if not PYTHON.exists():
        return []
    done = subprocess.run([PYTHON, "-IBc", f"import {module}"], capture_output=True)
    return [str(PYTHON), "-IB"] if done.returncode == 0 else []


def engines():
    """The general-purpose peers: whole languages, and those embedded in Rust."""
    peers = [
        Peer("lua5.4", installed("lua5.4"), "install-peers debian", "lua", ["-e", ""]),
        Peer("luajit", installed("luajit"), "install-peers debian", "lua", ["-e", ""]),
        Peer("luajit-joff", installed("luajit", "-joff"), "install-peers debian", "lua"),
        Peer("python", installed("python3", "-IB"), "install-peers debian", "py", ["-c", ""]),
        Peer("node", installed("node"), "install-peers debian", "js", ["-e", ""]),
        Peer("clojure", installed("clojure"), "install-peers debian", "clj", ["-e", "nil"], env={"CLASSPATH": JSON_JAR}),
    ]
    for name, suffix in {"rhai": "rhai", "koto": "koto", "rune": "rn", "starlark": "star"}.items():
        peers.append(Peer(name, built("engines", name), "install-peers rust", suffix))
    peers.append(Peer("steel", built("steel"), "install-peers rust", "scm"))
    for peer in peers[6:]:
        peer.nothing = [str(HERE / "programs" / f"empty.{peer.suffix}")]
    return peers


def collections():
    """Persistent collections, native and of other languages; `std` is what mutable ones cost."""
    peers = [Peer(name, built("native", name), "install-peers rust") for name in ["imbl", "imbl-ord", "rpds", "std"]]
    file = str(HERE / "persistent" / "peer")
    for name, module in {"immutables": "immutables", "pyrsistent": "pyrsistent", "rpds-py": "rpds"}.items():
        peers.append(Peer(name, python_with(module), "install-peers python", workload=[f"{file}.py", name]))
    node = installed("node") if (NODE / "immutable").exists() else []
    for name in ["immutable.js", "immutable.js-mutable"]:
        peers.append(Peer(name, node, "install-peers node", workload=[f"{file}.js", name], env={"NODE_PATH": str(NODE)}))
    for name in ["clojure", "clojure-transient"]:
        peers.append(Peer(name, installed("clojure"), "install-peers debian", workload=[f"{file}.clj", name]))
    for peer in peers:
        peer.collections = True
    return peers
