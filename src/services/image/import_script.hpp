// The program that imports modules inside the room.
#pragma once

#include <string_view>

namespace mlrepro {

// For `python3 -c`; its arguments are the modules. Says on standard output, one line each, fields between
// tabs: "begin MODULE", then "end MODULE SECONDS" and why it failed: the end of the traceback, of several
// lines the first and the last one. What modules print goes nowhere; a process that one of them forks says
// nothing; threads that one leaves behind are not waited for.
inline constexpr std::string_view import_script = R"python(
import os, sys, time
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
os._exit(0)
)python";

}  // namespace mlrepro
