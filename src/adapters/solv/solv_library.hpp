// libsolv, loaded when it is first needed.
#pragma once

namespace mlrepro {

// Before the first call of any of its functions; costs nothing when called again. Throws as LateLibrary does.
void load_solv();
// Of the library that is loaded.
[[nodiscard]] const char* loaded_solv_version();

}  // namespace mlrepro
