// The program that calls one hook of a build backend (PEP 517) inside the room.
#pragma once

#include <string_view>

namespace mlrepro {

// For `python3 -c`: its one argument is a JSON object with `source` (where to stand), `backend`,
// `backend_path`, `hook`, `arguments` and `answer`, the file it writes {"missing": true} or {"result": ...}
// to. The source's own folder is on no path but by backend_path (PEP 517, "In-tree build backends").
inline constexpr std::string_view hook_script = R"python(
import importlib, json, os, sys
task = json.loads(sys.argv[1])
sys.argv[1:] = []
sys.path[:] = [path for path in sys.path if path]
os.chdir(task["source"])
sys.path[:0] = [os.path.abspath(path) for path in task["backend_path"]]
module, _, name = task["backend"].partition(":")
backend = importlib.import_module(module)
for part in filter(None, name.split(".")):
    backend = getattr(backend, part)
hook = getattr(backend, task["hook"], None)
answer = {"missing": True} if hook is None else {"result": hook(*task["arguments"])}
sys.stdout.flush()
with open(task["answer"], "w", encoding="utf-8") as file:
    json.dump(answer, file)
)python";

}  // namespace mlrepro
