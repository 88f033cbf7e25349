// libzip, loaded when it is first needed: with it comes all of libcrypto.
#pragma once

namespace mlrepro {

// Before the first call of any of its functions; costs nothing when called again. Throws as LateLibrary does.
void load_zip();

}  // namespace mlrepro
