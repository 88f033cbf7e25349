// The program that imports modules inside the room.
#pragma once

#include <string_view>

namespace mlrepro {

// For `python3 -c`; its arguments are the modules. Says on standard output, one line each, fields between
// tabs: "begin MODULE", then "end MODULE SECONDS" and why it failed: the end of the traceback, of several
// lines the first and the last one; at last "seen" and what was looked for among what is installed, whether
// it was there or not: the first part of a module's name, "file:NAME" for what lies in site-packages,
// "distribution:NAME" for its metadata, and "all:" where it may have been anything there. What modules print
// goes nowhere; a process that one of them forks says nothing; threads that one leaves behind are not waited
// for.
inline constexpr std::string_view import_script = R"python(
import os, sys, time
seen = set()
class Witness:
    def find_spec(name, path=None, target=None):
        seen.add(name.partition(".")[0])
    def find_distributions(context=None):
        name = getattr(context, "name", None)
        seen.add("all:" if name is None else f"distribution:{name}")
        return ()
sites = tuple(os.path.join(path, "") for path in sys.path if path.startswith(sys.prefix + os.sep))
readers = ("<frozen importlib._bootstrap_external>", "importlib/metadata/__init__.py", "importlib_metadata/__init__.py")
def watch(event, arguments):
    if event not in ("open", "os.listdir", "os.scandir", "ctypes.dlopen"):
        return
    try:
        if not isinstance(arguments[0], (str, bytes, os.PathLike)):
            return
        path = os.path.join(os.path.abspath(os.fsdecode(arguments[0])), "")
        for site in sites:
            if path != site and path.startswith(site):
                seen.add("file:" + path[len(site):].partition(os.sep)[0])
            elif path == site and not sys._getframe(1).f_code.co_filename.endswith(readers):
                seen.add("all:")
        if path.startswith(sys.prefix + os.sep) and not path.startswith(sites):
            seen.add("all:")
    except Exception:
        seen.add("all:")
sys.meta_path.insert(0, Witness)
sys.addaudithook(watch)
own, out, nowhere = os.getpid(), os.dup(1), os.open(os.devnull, os.O_RDWR)
for number in range(3):
    os.dup2(nowhere, number)
sys.path[:] = [path for path in sys.path if path]
names = sys.argv[1:]
sys.argv[1:] = []
def say(*words):
    os.write(out, ("\t".join(words) + "\n").encode("utf-8", "backslashreplace"))
for name in names:
    say("begin", name)
    began = time.monotonic()
    why = ""
    try:
        __import__(name)
    except BaseException as error:
        if os.getpid() == own:
            import traceback
            text = "".join(traceback.format_exception_only(type(error), error))
            lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()] or ["an exception"]
            why = lines[0] if len(lines) == 1 else lines[0] + " ... " + lines[-1]
    if os.getpid() != own:
        os._exit(0)
    say("end", name, format(time.monotonic() - began, ".3f"), why)
seen.update(name.partition(".")[0] for name in list(sys.modules))
say("seen", *("all:" if set(word) & {"\t", "\n"} else word for word in list(seen)))
os._exit(0)
)python";

}  // namespace mlrepro
